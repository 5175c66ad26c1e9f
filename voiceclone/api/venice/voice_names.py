"""Names of other services' voices, and the system voices that stand for them.

None is a copy of the voice that bears the name elsewhere: men stand for men and women for women.
"""

from django.conf import settings

OPENAI_VOICES = {
    "alloy": "Ashley",
    "ash": "Blake",
    "ballad": "Charles",
    "cedar": "Alexander",
    "coral": "Brenda",
    "echo": "Andrew",
    "fable": "Arthur",
    "marin": "Barbara",
    "nova": "Brittany",
    "onyx": "Christopher",
    "sage": "Christine",
    "shimmer": "Betty",
    "verse": "Carl",
}
"""OpenAI's voices, by what is said of them."""

KOKORO_VOICES = {
    # American women and men
    "af_heart": "Abigail",
    "af_alloy": "Ashley",
    "af_aoede": "Amanda",
    "af_bella": "Angela",
    "af_jessica": "Anna",
    "af_kore": "Barbara",
    "af_nicole": "Betty",
    "af_nova": "Brittany",
    "af_river": "Beverly",
    "af_sarah": "Carol",
    "af_sky": "Amy",
    "am_adam": "Adam",
    "am_echo": "Andrew",
    "am_eric": "Aaron",
    "am_fenrir": "Albert",
    "am_liam": "Alan",
    "am_michael": "Benjamin",
    "am_onyx": "Christopher",
    "am_puck": "Brandon",
    "am_santa": "Bruce",
    # British
    "bf_alice": "Brenda",
    "bf_emma": "Carolyn",
    "bf_isabella": "Catherine",
    "bf_lily": "Christina",
    "bm_daniel": "Adrian",
    "bm_fable": "Arthur",
    "bm_george": "Austin",
    "bm_lewis": "Brian",
    # Japanese
    "jf_alpha": "Christine",
    "jf_gongitsune": "Abigail",
    "jf_nezumi": "Amanda",
    "jf_tebukuro": "Angela",
    "jm_kumo": "Alex",
    # Chinese
    "zf_xiaobei": "Anna",
    "zf_xiaoni": "Ashley",
    "zf_xiaoxiao": "Barbara",
    "zf_xiaoyi": "Betty",
    "zm_yunjian": "Alexander",
    "zm_yunxi": "Anthony",
    "zm_yunxia": "Blake",
    "zm_yunyang": "Bryan",
    # Spanish
    "ef_dora": "Beverly",
    "em_alex": "Alex",
    "em_santa": "Bruce",
    # French
    "ff_siwis": "Catherine",
    # Hindi
    "hf_alpha": "Brenda",
    "hf_beta": "Brittany",
    "hm_omega": "Carl",
    "hm_psi": "Charles",
    # Italian
    "if_sara": "Carol",
    "im_nicola": "Christian",
    # Brazilian Portuguese
    "pf_dora": "Carolyn",
    "pm_alex": "Alex",
    "pm_santa": "Bruce",
}
"""Kokoro's voices, which Kokoro-FastAPI and Venice have. The second letter is the gender."""

DEFAULT_VOICE = "af_sky"
"""The voice of a request that names none, as with Venice."""


def meant_by(called: str) -> str:
    """Return what a name stands for; the operator's aliases come first, then the built-in ones."""
    name = called.lower()
    for names in (settings.VOICE_ALIASES, OPENAI_VOICES, KOKORO_VOICES):
        if name in names:
            return names[name]
    return called
