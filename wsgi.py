"""The web application: `app` for flask and any other WSGI server, `door` for Granian's RSGI interface."""

from equipment import create_app
from equipment.shell.rsgi import Door
from equipment.storage import steady

app = create_app()
door = Door(app, app.config["SETTINGS"])
steady.settle()
