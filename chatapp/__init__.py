"""chatapp: a team chat over plain HTTP."""


def create_app(settings=None):
    """Return the application. ``settings`` override the environment (see config.py). Raises config.BadSetting."""
    # Not at the top: the server reads its settings from this package before its workers decide between threads and
    # greenlets, and nothing that waits may be imported before that.
    from .application import build

    return build(settings)
