from speech.models.speech import Speech, SpeechFormat

__all__ = ["Speech", "SpeechFormat"]
