"""The extension as Jupyter Server loads it."""

from __future__ import annotations

from jupyter_server.extension.application import ExtensionApp

from .events import Events
from .handlers import routes
from .manager import Manager


class GridExtension(ExtensionApp):
    """Adds the routes to a server, and tells its listeners of changes while it runs."""

    name = "grid_jupyter"
    extension_url = "/grid-jupyter"
    load_other_extensions = True

    manager: Manager
    events: Events

    def initialize_settings(self) -> None:
        """Make what the handlers share."""
        assert self.serverapp is not None  # noqa: S101  (it has loaded us)
        assert self.serverapp.event_logger is not None  # noqa: S101  (made before any extension)
        self.manager = Manager(self.serverapp)
        self.settings["grid_jupyter"] = self.manager
        self.events = Events(self.serverapp.event_logger)

    def initialize_handlers(self) -> None:
        """Add the routes, and begin to watch."""
        assert self.serverapp is not None  # noqa: S101  (it has loaded us)
        self.handlers.extend(routes())
        self.serverapp.io_loop.add_callback(self.events.start)

    async def stop_extension(self) -> None:
        """End what runs beside the server's loop."""
        self.events.stop()
        self.manager.close()
