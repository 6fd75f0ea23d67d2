"""Invisible equals signed out: the same history is lived twice, and nobody else may be able to tell which is which.

Definition: from the instant T at which somebody turns invisible, everything that anybody else receives is identical to a run
in which they signed out on all devices at T.
"""
