"""The web application for Granian, flask and any other WSGI server."""

from equipment import create_app
from equipment.storage import steady

app = create_app()
steady.settle()
