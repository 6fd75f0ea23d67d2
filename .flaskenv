# Read by the flask command. No settings here: those come from the environment.
FLASK_APP=wsgi
