"""All settings, from the environment. Each variable is described in docs/settings.md.

Without DATABASE_URL and REDIS_URL this is the embedded default: one process, SQLite, an
in-process queue and files in a folder. With both it is one process of many.
"""

from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from redis.backoff import NoBackoff
from redis.retry import Retry

from voiceclone import __version__, cors, env, logs, storage
from voiceclone.secret_key import check_secret_key, local_secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
HOME = env.folder("VOICECLONE_HOME", BASE_DIR / "var")
PORT = env.number("PORT", 8000, minimum=1)
DEBUG = env.flag("VOICECLONE_DEBUG", default=False)

# ---------------------------------------------------------------- one node or many
DATABASE_URL = env.text("DATABASE_URL")
REDIS_URL = env.text("REDIS_URL")
EMBEDDED = not REDIS_URL
if DATABASE_URL and EMBEDDED:
    raise ImproperlyConfigured("DATABASE_URL is set, so REDIS_URL must be set too (or neither)")
if not DATABASE_URL and not EMBEDDED and not env.flag("VOICECLONE_ALLOW_SQLITE", default=False):
    raise ImproperlyConfigured("REDIS_URL is set, so DATABASE_URL must be set too (or neither)")

# ---------------------------------------------------------------- identity
PUBLIC_URL = env.text("VOICECLONE_PUBLIC_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
SECRET_KEY = env.text("VOICECLONE_SECRET_KEY")
SECRET_KEY_FALLBACKS = env.names("VOICECLONE_SECRET_KEY_FALLBACKS")
if not EMBEDDED:
    check_secret_key(SECRET_KEY)
elif not SECRET_KEY:
    SECRET_KEY = local_secret_key(HOME)
ALLOWED_HOSTS = env.names("VOICECLONE_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
_public_scheme, _, _public_host = PUBLIC_URL.partition("://")
if _public_scheme not in {"http", "https"} or not _public_host or "/" in _public_host:
    raise ImproperlyConfigured("VOICECLONE_PUBLIC_URL must read like https://voice.example.com")
ALLOWED_HOSTS.append(_public_host.rpartition(":")[0] or _public_host)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
TRUSTED_PROXIES = env.names("TRUSTED_PROXIES")
_HTTPS = _public_scheme == "https"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = env.number("VOICECLONE_HSTS_SECONDS", 0)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# ---------------------------------------------------------------- the parts
INSTALLED_APPS = [
    "accounts",
    "billing",
    "inference",
    "voices",
    "speech",
    "voiceclone",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
MIDDLEWARE = [
    "voiceclone.front.middleware.WaitingMiddleware",
    "voiceclone.running.counting.CountingMiddleware",
    "voiceclone.api.request_id.RequestIdMiddleware",
    "voiceclone.api.trailing_slash.TrailingSlashMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "voiceclone.health.HealthMiddleware",
    "voiceclone.api.rate_limit.RateLimitMiddleware",
    "voiceclone.api.content_encoding.ContentEncodingMiddleware",
    "voiceclone.api.body_limit.BodyLimitMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "voiceclone.urls"
WSGI_APPLICATION = "voiceclone.wsgi.application"
WEB_THREADS = env.number("WEB_THREADS", 16, minimum=1)
WEB_UPLOADS = env.number("WEB_UPLOADS", 16, minimum=1)
HEAD_SECONDS = env.seconds("HEAD_SECONDS", 20)
BODY_SECONDS = env.seconds("BODY_SECONDS", 300)
BODY_BYTES_PER_SECOND = env.number("BODY_BYTES_PER_SECOND", 8192, minimum=1)
UNREAD_SECONDS = env.seconds("UNREAD_SECONDS", 60)
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# ---------------------------------------------------------------- data
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if DATABASE_URL:
    DATABASES = {
        "default": {
            **dj_database_url.parse(DATABASE_URL, conn_health_checks=True),
            "CONN_MAX_AGE": env.number("DATABASE_CONN_MAX_AGE", 60),
        }
    }
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": HOME / "voiceclone.sqlite3",
            "OPTIONS": {
                "timeout": 20,
                # Taking the write lock at BEGIN is what keeps "database is locked" away.
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
            "TEST": {"NAME": HOME / "test.sqlite3"},
        }
    }
if REDIS_URL:
    _REDIS = {
        "LOCATION": REDIS_URL,
        "OPTIONS": {
            "socket_connect_timeout": 0.5,
            "socket_timeout": 1,
            # Once more for a connection that a restart of Redis broke; no waiting in between.
            "retry": Retry(NoBackoff(), 1),
        },
    }
    CACHES = {
        "default": {"BACKEND": "voiceclone.cache.ForgivingRedisCache", **_REDIS},
        "counters": {"BACKEND": "django.core.cache.backends.redis.RedisCache", **_REDIS},
    }
    RATELIMIT_USE_CACHE = "counters"
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            # A counter evicted by other keys would forget a client's limit.
            "OPTIONS": {"MAX_ENTRIES": 200_000},
        }
    }
S3_BUCKET = env.text("VOICECLONE_S3_BUCKET")
STORAGES = {
    "default": storage.in_bucket(
        S3_BUCKET,
        endpoint_url=env.text("VOICECLONE_S3_ENDPOINT_URL"),
        region=env.text("VOICECLONE_S3_REGION"),
        connections=WEB_THREADS,
    )
    if S3_BUCKET
    else storage.in_folder(HOME / "files"),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if EMBEDDED
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = EMBEDDED  # nothing to collect where there is one node
STATIC_ROOT = None if EMBEDDED else env.folder("VOICECLONE_STATIC_ROOT", HOME / "static")
# Of a form's fields together; how large a body may be at all is said in body_limit.py.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# ---------------------------------------------------------------- people
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/dashboard/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "voiceclone.dashboard.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_RATE_LIMITS = {"signup": "20/m/ip,100/d/ip"}  # of an address or an IPv6 network
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _public_scheme
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if env.text("EMAIL_HOST")
    else "django.core.mail.backends.console.EmailBackend"
)
EMAIL_HOST = env.text("EMAIL_HOST")
ACCOUNT_EMAIL_VERIFICATION = env.text(
    "VOICECLONE_EMAIL_VERIFICATION", "mandatory" if EMAIL_HOST else "optional"
)
EMAIL_PORT = env.number("EMAIL_PORT", 587)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=True)
EMAIL_TIMEOUT = env.seconds("EMAIL_TIMEOUT", 10)
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "voiceclone@localhost")

# ---------------------------------------------------------------- money and limits
SIGNUP_CREDITS = env.number("SIGNUP_CREDITS", 3000)
SIGNUP_CREDITS_UNVERIFIED = env.flag(
    "SIGNUP_CREDITS_UNVERIFIED", default=EMBEDDED and not EMAIL_HOST
)
if SIGNUP_CREDITS_UNVERIFIED and not EMBEDDED:
    raise ImproperlyConfigured(
        "SIGNUP_CREDITS_UNVERIFIED is for the embedded service alone: with it anybody gathers"
        " credits by signing up with made-up addresses"
    )
RATE_LIMIT_SUBMISSIONS = env.number("RATE_LIMIT_SUBMISSIONS", 120, minimum=1)
RATE_LIMIT_POLLS = env.number("RATE_LIMIT_POLLS", 600, minimum=1)
RATE_LIMIT_RUNPOD_SUBMISSIONS = env.number(
    "RATE_LIMIT_RUNPOD_SUBMISSIONS", max(1_200, RATE_LIMIT_SUBMISSIONS), minimum=1
)
RATE_LIMIT_RUNPOD_POLLS = env.number(
    "RATE_LIMIT_RUNPOD_POLLS", max(12_000, RATE_LIMIT_POLLS), minimum=1
)
RETENTION_SPEECH_DAYS = env.number("RETENTION_SPEECH_DAYS", 0)
RETENTION_REFERENCE_DAYS = env.number("RETENTION_REFERENCE_DAYS", 0)
RETENTION_ONE_REQUEST_DAYS = env.number("RETENTION_ONE_REQUEST_DAYS", 1)
RETENTION_HANDLE_DAYS = env.number("RETENTION_HANDLE_DAYS", 7, minimum=1)
RETENTION_DELETED_DAYS = env.number("RETENTION_DELETED_DAYS", 7, minimum=4)
CONCURRENT_JOBS = env.number("CONCURRENT_JOBS", 20, minimum=1)
RATELIMIT_ENABLE = env.flag("RATE_LIMIT_ENABLED", default=True)

# ---------------------------------------------------------------- jobs
ENGINE = env.text("VOICECLONE_ENGINE", "espeak")
JOB_LEASE_SECONDS = env.seconds("JOB_LEASE_SECONDS", 60)
if S3_BUCKET and JOB_LEASE_SECONDS <= storage.SILENT_SECONDS:
    raise ImproperlyConfigured(
        f"JOB_LEASE_SECONDS must be greater than {storage.SILENT_SECONDS:g} where audio is in S3:"
        " so long may a call to it take, and a job must not lose its lease meanwhile"
    )
JOB_DEADLINE_SECONDS = env.seconds("JOB_DEADLINE_SECONDS", 3600)
JOB_MAX_ATTEMPTS = env.number("JOB_MAX_ATTEMPTS", 3, minimum=1)
JOB_RETRY_SECONDS = env.seconds("JOB_RETRY_SECONDS", 2)
JOB_BACKLOG = env.number("JOB_BACKLOG", 100, minimum=1)
REAPER_SECONDS = env.seconds("REAPER_SECONDS", 2)
HOUSEKEEPING_SECONDS = env.seconds("HOUSEKEEPING_SECONDS", 60)
WORKER_THREADS = env.number("WORKER_THREADS", 2, minimum=1)
AUDIO_URL_SECONDS = env.seconds("AUDIO_URL_SECONDS", 24 * 3600)
LIVE_STREAM_MAX_BYTES = env.number("LIVE_STREAM_MAX_BYTES", 32 * 1024 * 1024, minimum=1)
LIVE_STREAM_SECONDS = env.seconds("LIVE_STREAM_SECONDS", 300)

# ---------------------------------------------------------------- customers' own addresses
ALLOWED_FETCH_HOSTS = env.hosts("VOICECLONE_ALLOWED_FETCH_HOSTS")
WEBHOOK_THREADS = env.number("WEBHOOK_THREADS", 96, minimum=4)
CREDITS_LOW_THRESHOLD = env.number("CREDITS_LOW_THRESHOLD", 1000)

# ---------------------------------------------------------------- the API
SPEECH_WAIT_SECONDS = env.seconds("SPEECH_WAIT_SECONDS", 300)
SYNC_WAIT_SECONDS = env.seconds("SYNC_WAIT_SECONDS", 60)
MAX_QUEUE_LENGTH = env.number("MAX_QUEUE_LENGTH", 0)
MODEL_ALIASES = env.pairs("VOICECLONE_MODEL_ALIASES")
VOICE_ALIASES = env.pairs("VOICECLONE_VOICE_ALIASES")
_ORIGINS = env.origins("VOICECLONE_CORS_ORIGINS")
CORS_ALLOW_ALL_ORIGINS = _ORIGINS == ["*"]
CORS_ALLOWED_ORIGINS = [] if CORS_ALLOW_ALL_ORIGINS else _ORIGINS
CORS_URLS_REGEX = cors.URLS
CORS_ALLOW_HEADERS = cors.ALLOWED_HEADERS
CORS_EXPOSE_HEADERS = cors.EXPOSED_HEADERS
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["voiceclone.api.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["voiceclone.api.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "voiceclone.api.native.errors.handle",
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "voiceclone.api.negotiation.JsonAlways",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "voiceclone",
    "VERSION": __version__,
    "OAS_VERSION": "3.1.1",
    "DESCRIPTION": "Clone a voice from a few seconds of audio and have any text spoken in it.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SERVERS": [{"url": PUBLIC_URL}],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "MadeFormatEnum": "speech.models.SpeechFormat",
        "AskedFormatEnum": "voiceclone.api.native.inputs.FORMATS",
        "NativeStatusEnum": "voiceclone.api.native.inputs.STATUSES",
        "RunpodStatusEnum": "voiceclone.api.runpod.documentation._STATUSES",
    },
}

# ---------------------------------------------------------------- metrics
METRICS_PORT = env.number("METRICS_PORT", 0)
METRICS_BIND = env.text("METRICS_BIND", "127.0.0.1")

# ---------------------------------------------------------------- the rest
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
LOGGING = logs.configuration(env.text("LOG_LEVEL", "INFO").upper())
SILENCED_SYSTEM_CHECKS = [
    # django-ratelimit wants a cache shared between processes; the embedded default is one
    # process, and every other installation has Redis.
    "django_ratelimit.E003",
    "django_ratelimit.W001",
]
