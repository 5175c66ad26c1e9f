"""The dialect of RunPod's endpoints: jobs with an ``input``, polled for an ``output``."""
