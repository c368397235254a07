"""What the service refuses."""


class Refused(Exception):  # noqa: N818
    """An answer that is an error of AWS's."""

    def __init__(self, message, code="ClientException", status=400):
        super().__init__(message)
        self.code = code
        self.status = status


class Unanswered(Exception):  # noqa: N818
    """The connection is closed without an answer."""
