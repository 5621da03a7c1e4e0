# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Trying a step without a trace, so that it is refused before it counts."""

from contextlib import contextmanager
from copy import copy


@contextmanager
def rehearse(env):
    """Undo all that the body does in the database, and all that it would send.

    The body's errors are raised. What waits for the end of the transaction, such as
    messages and jobs, is taken back, too; sequences are not.

    :param env: an :class:`odoo.api.Environment`; its caches are emptied
    """
    env.flush_all()
    waiting = (env.cr.precommit, env.cr.postcommit)
    before = [
        (list(hooks._funcs), {key: copy(value) for key, value in hooks.data.items()})
        for hooks in waiting
    ]
    savepoint = env.cr.savepoint(flush=False)
    try:
        yield
        env.flush_all()
    finally:
        env.clear()
        savepoint.close(rollback=True)
        for hooks, (functions, data) in zip(waiting, before, strict=True):
            hooks._funcs.clear()
            hooks._funcs.extend(functions)
            hooks.data.clear()
            hooks.data.update(data)
