# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""What customers gave counts for whom their answers judge, no longer for who called.

Who gave a customer up too early, or noted no answer, has not made the callback. Metrics
that the company has edited stay as they are. Published assessments keep what they
counted; others that are not published yet are set back, to be computed again.
"""

from odoo import SUPERUSER_ID, api

JUDGED = "('subject_kind', 'not in', ['callback', 'product'])"
DONE = "[('callback_id.state', 'in', ['done', 'reviewed'])]"
OLD_DONE = "[('state', 'in', ['done', 'reviewed'])]"
HQ, STEP = "('level', '=', 'hq')", "('service_step', '=', '%s')"
# {code: (old value field, old "Counted")}
METRICS = {
    "satisfaction": ("satisfaction", ()),
    **{
        f"satisfaction_{step}": ("satisfaction", (STEP % step,))
        for step in ("sale", "service", "complaint")
    },
    **{
        f"hq_satisfaction_{step}": ("satisfaction", (HQ, STEP % step))
        for step in ("sale", "service", "complaint")
    },
    "quality": ("quality", ()),
    "attitude": ("attitude", ()),
    "efficiency": ("efficiency", ()),
}

MADE, UNMADE = "('unmade_reason', '=', False)", "('unmade_reason', '!=', False)"
IN, OUT = (f"('state', '{how}', ['done', 'reviewed'])" for how in ("in", "not in"))
LATE = "('is_on_time', '=', False)"
RATE = (f"[{IN}]", f"[{IN}, {MADE}]")
FINISHED_LATE = (f"[{IN}, {LATE}]", f"[{IN}, {LATE}, {MADE}]")
# {code: (old numerator, new numerator)}
NUMERATORS = {
    "callback_rate": RATE,
    "dealer_callback_rate": RATE,
    "callbacks_late": FINISHED_LATE,
    "dealer_callbacks_late": FINISHED_LATE,
    "callbacks_missed": (f"[{OUT}]", f"['|', {OUT}, {UNMADE}]"),
}


def migrate(cr, version):
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    changed = env["revisit.metric"]
    for code, (field, counted) in METRICS.items():
        changed |= _read_answers(env, code, field, counted)
    for code, (old, new) in NUMERATORS.items():
        metric = env.ref(f"revisit_scoring.metric_{code}", raise_if_not_found=False)
        if metric and metric.numerator_domain == old:
            metric.numerator_domain = new
    _move_guard(env)
    _set_back(env, changed)


def _read_answers(env, code, field, counted):
    """Let one shipped metric read answers; return it, unless somebody edited it."""
    metric = env.ref(f"revisit_scoring.metric_{code}", raise_if_not_found=False)
    shipped = ("revisit.callback", "done_at", OLD_DONE, _list(counted), field)
    names = ("model_name", "date_field", "domain", "denominator_domain", "value_field")
    if not metric or tuple(metric[name] for name in names) != shipped:
        return env["revisit.metric"]
    measure = f"('measure_id.code', '=', '{field}')"
    if code == "attitude":
        measure = "('measure_id.code', 'in', ['attitude', 'caller_manner'])"
    values = {
        "model_name": "revisit.answer",
        "date_field": "answered_at",
        "domain": DONE,
        "denominator_domain": _list((measure, JUDGED, *counted)),
        "value_field": "value",
    }
    for name in ("employee", "dealer", "team", "department"):
        path = f"{name}_path"
        if metric[path] == f"resp_{name}_id":
            values[path] = f"{name}_id"
    if metric.team_path == "resp_dealer_id.revisit_region_id":
        values["team_path"] = f"callback_id.{metric.team_path}"
    metric.write(values)
    return metric


def _list(parts):
    return f"[{', '.join(parts)}]"


def _move_guard(env):
    """Customers judge callers by their manner: few say more of one person than that.

    A guard on their satisfaction would leave everybody unrated.
    """
    for rulebook in env["revisit.rulebook"].search([("code", "=", "appliance")]):
        indicator = rulebook._get_record(
            rulebook._get_xmlid("revisit_scoring", "indicator_satisfaction")
        )
        if indicator is not None and indicator.metric_id == env.ref(
            "revisit_scoring.metric_satisfaction", raise_if_not_found=False
        ):
            indicator.is_guarded = False


def _set_back(env, metrics):
    """Set computed assessments back whose numbers were another's."""
    runs = env["revisit.assessment"].search(
        [
            ("state", "in", ("computed", "reviewed")),
            ("scheme_id.indicator_ids.metric_id", "in", metrics.ids),
        ]
    )
    if runs:
        runs.action_reset()
        for run in runs:
            run.message_post(
                body=run.env._(
                    "Set back to draft: what customers give counts for whom they judge"
                    " now. Compute it again."
                )
            )
