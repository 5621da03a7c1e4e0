# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

EMPLOYEE, ISSUE = "hr.employee", "revisit.issue"


class RevisitVerifiedMixin(models.AbstractModel):
    """Whose work a callback verifies; nobody verifies their own.

    That is whom the document names as responsible, whom its answers judge, and, of an
    issue, everybody who has owned or solved it. Only a supervisor gives such a
    callback to one of them, knowingly, and that is reported.
    """

    _name = "revisit.verified.mixin"
    _description = "Whose Work Is Verified"

    doer_ids = fields.Many2many(
        comodel_name="res.users",
        string="Verifies the Work Of",
        compute="_compute_doer_ids",
        compute_sudo=True,
        groups="revisit_management.group_agent",
        help="They do not make this callback: it asks how their own work was done.",
    )

    # ------------------------------------------------------------
    # WHOSE WORK IT IS
    # ------------------------------------------------------------

    @api.depends("policy_id", "responsible_id", "source_id", "source_model", "subjects")
    def _compute_doer_ids(self):
        # in a form, the policy is still to be chosen
        verifying = self.filtered(
            lambda c: c.policy_id and c.policy_id._excludes_own_customers()
        )
        found = self._find_doers(
            [
                (c.responsible_id.id, c.source_model, c.source_id, c.subjects)
                for c in verifying
            ]
        )
        (self - verifying).doer_ids = False
        for callback, doers in zip(verifying, found, strict=True):
            callback.doer_ids = self.env["res.users"].browse(sorted(doers))

    @api.model
    def _find_doers(self, rows):
        """Return the ids of the users whose work a document is, a set for each row.

        :param rows: ``[(responsible id, source model, source id, subjects)]``
        """
        named = [list((row[3] or {}).values()) for row in rows]
        employee_ids = {
            res_id for pairs in named for model, res_id in pairs if model == EMPLOYEE
        }
        # whose work it is must not depend on who may read that
        employees = self.env[EMPLOYEE].sudo().browse(employee_ids).exists()
        users = {employee.id: employee.user_id.id for employee in employees}
        issue_ids = {row[2] for row in rows if row[1] == ISSUE}
        issues = self.env[ISSUE].sudo().browse(issue_ids).exists()  # as above
        workers = {issue.id: issue.worked_by_ids.ids for issue in issues}
        found = []
        for (responsible_id, model, source_id, _s), pairs in zip(
            rows, named, strict=True
        ):
            doers = {responsible_id}
            doers.update(workers.get(source_id, ()) if model == ISSUE else ())
            doers.update(res_id for kind, res_id in pairs if kind == "res.users")
            doers.update(
                users.get(res_id) for kind, res_id in pairs if kind == EMPLOYEE
            )
            found.append(doers - {False, None})
        return found

    @api.model
    def _get_doers_sql(self, table, source_model=None):
        """Return the SQL of what :meth:`_find_doers` returns, an array of ids.

        :param table: alias of callbacks, or of candidates
        :param source_model: SQL of the model of the documents; by default a column
        """
        columns = {
            name: SQL.identifier(table, name, to_flush=self._fields[name])
            for name in ("responsible_id", "source_id", "source_model", "subjects")
        }
        return SQL(
            """ARRAY(
                SELECT %(responsible)s WHERE %(responsible)s IS NOT NULL
                 UNION
                SELECT worked.user_id FROM revisit_issue_worked_by_rel worked
                 WHERE %(model)s = %(issue)s AND worked.issue_id = %(source)s
                 UNION
                SELECT (named.value ->> 1)::int4
                  FROM jsonb_each(%(subjects)s) named
                 WHERE named.value ->> 0 = 'res.users'
                 UNION
                SELECT employee.user_id
                  FROM jsonb_each(%(subjects)s) named
                  JOIN hr_employee employee
                    ON employee.id = (named.value ->> 1)::int4
                 WHERE named.value ->> 0 = %(employee)s
                   AND employee.user_id IS NOT NULL)""",
            responsible=columns["responsible_id"],
            model=source_model or columns["source_model"],
            issue=ISSUE,
            source=columns["source_id"],
            subjects=columns["subjects"],
            employee=EMPLOYEE,
            to_flush=self.env[EMPLOYEE]._fields["user_id"],
        )

    def _is_own_of(self, user):
        """Return whether the callback verifies what ``user`` did."""
        self.ensure_one()
        # whose work it is, whoever asks
        return bool(user) and user in self.sudo().doer_ids

    @api.model
    def _get_not_own_domain(self):
        """Return the domain of callbacks that do not verify the user's own work."""
        # which policies verify, whoever may read them
        policies = self.env["revisit.policy"].sudo().with_context(active_test=False)
        verifying = policies.search(
            [("kind", "=", "verification"), ("rulebook_id.no_own_customer", "=", True)]
        )
        if not verifying:
            return Domain.TRUE
        user = self.env.user
        not_own = Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s != ALL(%s)", user.id, model._get_doers_sql(alias)
            ),
            predicate=lambda callback: not callback._is_own_of(user),
        )
        return Domain("policy_id", "not in", verifying.ids) | not_own

    # ------------------------------------------------------------
    # NOBODY VERIFIES THEIR OWN
    # ------------------------------------------------------------

    def _check_not_own(self):
        """Refuse work on callbacks that verify what the user did.

        Callbacks that a supervisor has given them knowingly are allowed, and reported.

        :raise UserError: names the callback and says who makes it
        """
        if self.env.uid == SUPERUSER_ID:
            return
        # it is one conversation, whoever may read which part of it
        contact = self.sudo()._get_leaders() | self.sudo()
        contact |= contact._get_followers()
        for callback in contact.filtered(lambda c: c._is_own_of(self.env.user)):
            if not (callback.is_own_customer and callback.user_id == self.env.user):
                callback._refuse_own()

    def _refuse_own(self):
        raise UserError(
            self.env._(
                "%(callback)s verifies what you did yourself, so somebody else makes"
                " it. Leave it in the queue, or ask your supervisor.",
                callback=self.display_name,
            )
        )

    def _check_may_override(self, user):
        """Refuse to give ``user`` their own customers, except by another supervisor."""
        if self.env.uid == SUPERUSER_ID:
            return
        is_supervisor = self.env.user.has_group("revisit_management.group_supervisor")
        if user == self.env.user or not is_supervisor:
            self[0]._refuse_own()

    def _override_own_customer(self):
        """Mark and log that the person whose work is verified got the callback."""
        self.write({"is_own_customer": True})
        for callback in self:
            callback.message_post(
                body=self.env._(
                    "%(decider)s gave this verification to %(user)s, whose own work it"
                    " verifies.",
                    decider=self.env.user.name,
                    user=callback.user_id.name,
                ),
                subtype_xmlid="mail.mt_note",
            )
