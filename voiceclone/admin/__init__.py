"""Django's admin: what the people who run an installation see and do."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin

from voiceclone.admin import jobs, people, wallets, watermark, webhooks

__all__ = ["jobs", "people", "wallets", "watermark", "webhooks"]

admin.site.site_header = admin.site.site_title = "voiceclone"
admin.site.index_title = "Administration"
# One front door: the site's own login counts attempts, the admin's does not.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
