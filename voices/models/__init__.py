from voices.models.prompt import StoredPrompt
from voices.models.use import VoiceUse
from voices.models.voice import Voice, VoiceType

__all__ = ["StoredPrompt", "Voice", "VoiceType", "VoiceUse"]
