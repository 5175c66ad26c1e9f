from accounts.models.api_key import ApiKey, Scope
from accounts.models.tenant_row import TenantRow
from accounts.models.user import User
from accounts.models.watermark_right import WatermarkRight
from accounts.models.workspace import Membership, Role, Workspace

__all__ = [
    "ApiKey",
    "Membership",
    "Role",
    "Scope",
    "TenantRow",
    "User",
    "WatermarkRight",
    "Workspace",
]
