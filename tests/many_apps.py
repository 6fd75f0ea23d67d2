"""What makes thousands of applications in one test process cheap. Each test still has applications of its own."""

import functools
import gc

from werkzeug.routing import Rule

from chatapp import assets

COLLECT_AFTER = 20_000, 20, 50  # of each generation


def install():
    """Share what never differs between applications, and look for garbage less often."""
    _keep_url_builders()
    assets.Assets = functools.cache(assets.Assets)  # the static files stay as they are while tests run
    _collect_seldom()


def _keep_url_builders():
    """Werkzeug compiles for each rule of each application a function that builds its URLs. It is made of the rule's parts and
    defaults alone, so what was made for the same ones is taken again; it is two thirds of the time that an application takes."""
    compile_builder, known = Rule._compile_builder, {}

    def kept(rule, append_unknown=True):
        made_of = (rule.rule, append_unknown, tuple(rule._trace), repr(rule.defaults))
        if made_of not in known:
            known[made_of] = compile_builder(rule, append_unknown)
        return known[made_of]

    Rule._compile_builder = kept


def _collect_seldom():
    """All modules stay, so nothing of them is garbage; to look through them again and again took a fifth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
