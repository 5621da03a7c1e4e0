# Part of Revisit. See LICENSE file for full copyright and licensing details.
import ast

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.terms import ATTRIBUTE, SERVICE_STEPS


class RevisitTrigger(models.Model):
    """A kind of occasion that leads to callbacks, defined by data instead of code.

    Settings administrators define the model, the date from which time counts, the
    condition on the records and the paths to the people concerned. A definition that
    no longer works becomes ``broken`` and pauses its policies.
    """

    _name = "revisit.trigger"
    _description = "Callback Trigger"
    _inherit = ["revisit.protected.mixin"]
    _order = "sequence, name"

    _server_owned = {"broken"}

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    service_step = fields.Selection(
        selection=SERVICE_STEPS,
        required=True,
        default="other",
        help="The step of the service that the callback is about.",
    )
    # a Char: managers may not read ir.model, and triggers outlive a missing app
    model_name = fields.Char(
        string="Model",
        help="Technical name of the documents, e.g. sale.order."
        " Empty for callbacks that are planned by hand or by a server action.",
    )
    model_id = fields.Many2one(
        comodel_name="ir.model",
        compute="_compute_model_id",
        inverse="_inverse_model_id",
        string="Documents",
        groups="base.group_system",
    )
    clock_path = fields.Char(
        string="Clock Field", help="The date field that starts the clock."
    )
    is_planned_date = fields.Boolean(
        string="Planned Date",
        help="The clock field lies in the future: policies may count back from it.",
    )
    domain = fields.Char(default="[]", help="Which of the documents count.")
    partner_path = fields.Char(string="Customer Path", default="partner_id")
    product_path = fields.Char()
    dealer_path = fields.Char()
    name_path = fields.Char(
        default="name", help="The name by which people know the documents."
    )
    user_path = fields.Char(
        string="Responsible Path", help="The salesperson or technician, as a user."
    )
    company_path = fields.Char(default="company_id")
    occasion_field = fields.Char(
        help="A number field of the documents, e.g. how often they were reopened:"
        " each of its values is a new occasion.",
    )
    is_population = fields.Boolean(
        string="A Standing Population",
        help="The documents are those that exist, such as all customers: a sample of"
        " a period is drawn from all whose clock started before its end, not only from"
        " those of the period.",
    )
    note = fields.Text(translate=True, help="What starts the clock, in plain words.")
    broken = fields.Text(readonly=True, copy=False)
    policy_ids = fields.One2many(
        comodel_name="revisit.policy", inverse_name="trigger_id"
    )
    subject_ids = fields.One2many(
        comodel_name="revisit.trigger.subject",
        inverse_name="trigger_id",
        string="Whom Answers Judge",
        copy=True,
    )

    _code_unique = models.UniqueIndex("(code)", "Another trigger has this code.")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("model_name")
    def _compute_model_id(self):
        for trigger in self:
            trigger.model_id = self.env["ir.model"]._get(trigger.model_name or "")

    @api.onchange("model_id")
    def _inverse_model_id(self):
        # also as onchange, as the form shows paths and condition only with a model
        for trigger in self:
            trigger.model_name = trigger.model_id.model

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("active")
    def _check_active(self):
        for trigger in self.filtered(lambda trigger: not trigger.active):
            # a trigger is used by every company, and its editor need not read policies
            policies = trigger.sudo().policy_ids.filtered("active")
            if policies:
                raise ValidationError(
                    self.env._(
                        "%(trigger)s starts the clock of %(policies)s. Archive these"
                        " policies first, or give them another trigger.",
                        trigger=trigger.name,
                        policies=", ".join(policies.mapped("name")),
                    )
                )

    @api.constrains(
        "active",
        "model_name",
        "clock_path",
        "domain",
        "partner_path",
        "product_path",
        "dealer_path",
        "user_path",
        "company_path",
        "name_path",
        "occasion_field",
    )
    def _check_definition_on_write(self):
        for trigger in self:
            if not trigger.active and trigger.model_name not in self.env:
                continue  # waits for the app with its documents
            message = trigger._get_definition_error()
            if message:
                raise ValidationError(
                    self.env._(
                        "Trigger %(trigger)s: %(message)s",
                        trigger=trigger.name,
                        message=message,
                    )
                )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_definition(self):
        """Mark triggers that no longer work as broken; return the working ones."""
        for trigger in self:
            message = trigger._get_definition_error()
            if (trigger.broken or False) != (message or False):
                # the system marks triggers, not the user
                trigger.sudo().broken = message
        return self.filtered(lambda trigger: not trigger.broken)

    def _get_definition_error(self):
        """Return why the trigger cannot run, in the reader's language, or False."""
        self.ensure_one()
        if not self.model_name:
            return False
        if self.model_name not in self.env:
            return self.env._(
                "the documents %(model)s do not exist here. Install the app that"
                " brings them, or archive the trigger.",
                model=self.model_name,
            )
        Model = self.env[self.model_name]
        if not Model._auto or Model._transient:
            return self.env._(
                "%(model)s is no document but a report or a dialog, whose rows come and"
                " go. Choose the document itself.",
                model=self._get_model_label(Model),
            )
        if not self.clock_path:
            return self.env._("choose the date that starts the clock, e.g. date_order.")
        error = self._get_paths_error(Model)
        if error:
            return error
        if not self.partner_path:
            return self.env._("give the path to the customer, e.g. partner_id.")
        for subject in self.subject_ids:
            if error := subject._get_path_error():
                return error
        return self._get_domain_error(self.domain)

    def _get_paths_error(self, Model):
        """Return why one of the given paths cannot be followed, or False."""
        link = ("many2one",)
        for path, types, comodel in (
            (self.clock_path, ("date", "datetime"), None),
            (self.partner_path, link, "res.partner"),
            (self.product_path, link, "product.product"),
            (self.dealer_path, link, "res.partner"),
            (self.user_path, link, "res.users"),
            (self.company_path, link, "res.company"),
            (self.occasion_field, ("integer",), None),
            (self.name_path, ("char", "text"), None),
        ):
            error = path and self._get_path_error(Model, path, types, comodel)
            if error:
                return error
        return False

    def _get_domain_error(self, domain):
        """Return why ``domain`` cannot be searched on the documents, or False."""
        try:
            parsed = self._parse_domain(domain)
        except (ValueError, SyntaxError, TypeError):
            return self.env._(
                "the condition %(domain)s cannot be searched: write it as a list, e.g."
                " [('state', '=', 'sale')].",
                domain=domain,
            )
        try:
            # compiled with the planner's rights; policies check their writer's rights
            self._try_query(self.env[self.model_name].sudo()._search(parsed, limit=1))
        except (
            ValueError,
            SyntaxError,
            TypeError,
            KeyError,
            NotImplementedError,
            psycopg2.Error,
        ) as error:
            return self.env._(
                "the condition %(domain)s cannot be searched: %(error)s",
                domain=domain.replace("\x00", "?"),
                error=str(error).splitlines()[0],
            )
        return False

    def _try_query(self, query):
        """Let the database parse a query without running it.

        :raise psycopg2.Error: a value does not fit the type of its column
        """
        cr = self.env.cr
        with cr.savepoint(flush=False):
            cr.execute(SQL("EXPLAIN %s", query.select()), log_exceptions=False)

    def _get_path_error(self, Model, path, types, comodel=None):
        """Return why a dotted path of stored fields cannot be followed, or False."""
        steps = (path or "").split(".")
        for position, step in enumerate(steps):
            if step.startswith(ATTRIBUTE) and "char" in types:
                return self._get_attribute_error(Model, step)
            field = Model._fields.get(step)
            if field is None:
                return self.env._(
                    "%(model)s has no field %(step)s (path %(path)s). Correct the"
                    " path.",
                    model=self._get_model_label(Model),
                    step=step or "?",
                    path=path or "?",
                )
            if not (field.store or field.related or field.inherited):
                return self.env._(
                    "the field %(step)s of %(model)s is not stored, so it cannot be"
                    " used in the path %(path)s.",
                    step=step,
                    model=self._get_model_label(Model),
                    path=path,
                )
            is_last = position == len(steps) - 1
            if field.type not in (types if is_last else ("many2one",)) or (
                is_last and comodel and field.comodel_name != comodel
            ):
                return self.env._(
                    "the field %(step)s of %(model)s does not fit the path %(path)s.",
                    step=step,
                    model=self._get_model_label(Model),
                    path=path,
                )
            if field.relational:
                Model = self.env[field.comodel_name]
        return False

    def _get_attribute_error(self, Model, step):
        """Return why a path cannot end in a customer's attribute, or False."""
        code = step.removeprefix(ATTRIBUTE)
        # only whether any company has this code
        known = self.env["revisit.attribute"].sudo().search_count([("code", "=", code)])
        if Model._name == "res.partner" and known:
            return False
        return self.env._(
            "there is no customer attribute %(code)s. Create it, or correct the path,"
            " e.g. partner_id.attribute:usage_type.",
            code=code or "?",
        )

    def _get_model_label(self, Model):
        """Return the translated name of a model."""
        # a model's name is no secret, and few may read models
        return self.env["ir.model"].sudo()._get(Model._name).name

    def _read_subjects(self, source):
        """Return whom a document names: ``{kind: [model, id]}``, or False for nobody.

        :param source: the document, readable whatever the user's rights
        """
        found = {}
        for subject in self.subject_ids:
            record = source
            for step in subject.path.split("."):
                record = record[step]
            if record:
                found[subject.kind] = [record._name, record.id]
        return found or False

    @api.model
    def _get_of_model(self, model):
        """Return the triggers, also archived ones, whose documents are of a model."""
        known = self.with_context(active_test=False)
        return known.search([("model_name", "=", model)]) if model else self

    def _get_source_domain(self):
        """Return the domain of the trigger's documents."""
        self.ensure_one()
        return self._parse_domain(self.domain)

    @api.model
    def _parse_domain(self, text):
        """Return the Domain of a stored condition; empty text means everything."""
        return Domain(ast.literal_eval(text or "[]"))
