"""The web application for Granian, flask and any other WSGI server."""
from equipment import create_app

app = create_app()
