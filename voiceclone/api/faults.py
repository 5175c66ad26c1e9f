"""Which failures of a job lie in what the client sent."""

FAULTS_OF_THE_REQUEST = frozenset(
    {
        "NO_AUDIO",
        "NO_SPEECH",
        "REFERENCE_GONE",
        "REFERENCE_UNUSABLE",
        "SILENT",
        "TOO_LARGE",
        "TOO_LONG",
        "TOO_SHORT",
        "UNREADABLE",
        "UNSUPPORTED_FORMAT",
        "UNSUPPORTED_LANGUAGE",
    }
)
"""Codes of jobs that would fail again."""
