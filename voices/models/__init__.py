from voices.models.download import ReferenceDownload
from voices.models.prompt import StoredPrompt
from voices.models.use import VoiceUse
from voices.models.voice import Voice, VoiceType

__all__ = ["ReferenceDownload", "StoredPrompt", "Voice", "VoiceType", "VoiceUse"]
