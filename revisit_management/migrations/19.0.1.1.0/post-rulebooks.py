# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import SUPERUSER_ID, api

SURVEY = {"clock_path": "revisit_due_from", "occasion_field": "revisit_unsettled_count"}


def migrate(cr, version):
    """Bring installed rulebooks to what their fields mean from now on."""
    set_effective_from(cr)
    env = api.Environment(cr, SUPERUSER_ID, {})
    trigger = env.ref(
        "revisit_management.trigger_survey_returned", raise_if_not_found=False
    )
    # who has edited the trigger keeps it
    if trigger and trigger.clock_path == "end_datetime" and not trigger.occasion_field:
        trigger.write(SURVEY)
    rulebooks = env["revisit.rulebook"].with_context(active_test=False)
    installed = rulebooks.search([("state", "=", "installed")])
    shipped = installed.filtered("is_shipped")
    shipped._load_marks("revisit_management")
    shipped._unset_months()
    scoring = env["ir.module.module"].search([("name", "=", "revisit_scoring")])
    if scoring.state not in ("installed", "to upgrade"):
        installed._remember_first_version()


def set_effective_from(cr):
    """Put the date back to where the rulebook was at work already.

    The column had the day on which the module was loaded, and meant nothing. From
    now on nothing is planned for events before it, so it must not lie after the
    activation of a policy, or after an event that was planned. What is not
    installed is not in effect.
    """
    cr.execute(
        "UPDATE revisit_rulebook SET effective_from = NULL WHERE state = 'available'"
    )
    cr.execute(
        """
        UPDATE revisit_rulebook rulebook
           SET effective_from = LEAST(
               rulebook.effective_from,
               (SELECT min(policy.active_from)::date - 1 FROM revisit_policy policy
                 WHERE policy.rulebook_id = rulebook.id AND policy.active),
               (SELECT min(callback.event_at)::date - 1 FROM revisit_callback callback
                 WHERE callback.rulebook_id = rulebook.id),
               (SELECT min(touch.event_at)::date - 1 FROM revisit_touch touch
                 WHERE touch.rulebook_id = rulebook.id))
         WHERE rulebook.state = 'installed'
        """
    )
