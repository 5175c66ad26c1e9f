"""What can go wrong with webhooks, other than a delivery."""


class WebhookError(Exception):
    """Base of this package's errors; ``code`` is stable, ``message`` for the customer."""

    code = "WEBHOOK_ERROR"
    message = "The webhook could not be handled"


class TooManyEndpointsError(WebhookError):
    """A workspace has as many endpoints as it may."""

    code = "TOO_MANY_WEBHOOKS"
    message = "A workspace has at most 10 webhooks"


class EndpointDisabledError(WebhookError):
    """Nothing is sent to a disabled endpoint."""

    code = "WEBHOOK_DISABLED"
    message = "The webhook is disabled; enable it first"


class BeingDeliveredError(WebhookError):
    """The delivery is being sent at this moment."""

    code = "BEING_DELIVERED"
    message = "The delivery is being sent at this moment"
