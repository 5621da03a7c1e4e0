# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from odoo.addons.revisit_management.tools import periods

from ...tools.population import Bounds, DefinitionError, group_metrics
from ...tools.subjects import SUBJECTS


class RevisitMetric(models.Model):
    """Defines a number to be counted, by data instead of code.

    Only settings administrators define metrics, because a domain on any model can
    reveal any data. A metric is compiled when it is saved; one that can no longer be
    compiled is marked as broken and pauses the schemes that use it.
    """

    _name = "revisit.metric"
    _description = "Score Metric"
    _inherit = ["revisit.protected.mixin"]
    _order = "sequence, code"
    _rec_names_search = ["name", "code"]

    _server_owned = {"broken", "broken_message"}

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, copy=False)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    description = fields.Text(
        translate=True, help="What is counted, in words for the person who is scored."
    )
    # What is counted
    model_name = fields.Char(
        string="Model",
        required=True,
        default="revisit.callback",
        help="Technical name of the model whose records are counted. A text, so that"
        " uninstalling another app neither deletes this metric nor is blocked by it.",
    )
    date_field = fields.Char(
        required=True,
        help="The date that puts a record into a period. Days are those of the"
        " company's time zone.",
    )
    date_is_end = fields.Boolean(
        string="Date Is an Exclusive End",
        help="For deadlines: what ends at midnight belongs to the day before.",
    )
    domain = fields.Char(
        string="Population",
        required=True,
        default="[]",
        help="Domain of the records looked at. Metrics with the same model and path are"
        " counted in one pass.",
    )
    measure = fields.Selection(
        selection=[
            ("ratio", "Ratio (%)"),
            ("average", "Average"),
            ("count", "Count"),
            ("sum", "Sum"),
        ],
        required=True,
        default="ratio",
    )
    denominator_domain = fields.Char(
        string="Counted",
        required=True,
        default="[]",
        help="Which records of the population this metric counts: the denominator.",
    )
    numerator_domain = fields.Char(
        string="Of Which",
        required=True,
        default="[]",
        help="Which of the counted records are the numerator. It is always a part of"
        " the counted ones, so that no rate passes 100%.",
    )
    value_field = fields.Char(help="Number field of an average or sum.")
    # For whom it is counted
    employee_path = fields.Char(
        help="Path to the employee, best a field that keeps its value when the record"
        " is handed on."
    )
    dealer_path = fields.Char()
    team_path = fields.Char(string="Unit Path")
    department_path = fields.Char()
    # State of the definition
    broken = fields.Boolean(readonly=True, copy=False)
    broken_message = fields.Char(readonly=True, copy=False)

    _code_uniq = models.Constraint("UNIQUE (code)", "A metric with this code exists.")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @property
    def has_value(self):
        return self.measure in ("average", "sum")

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("measure", "value_field")
    def _check_value_field(self):
        for metric in self:
            if metric.has_value and not metric.value_field:
                raise ValidationError(
                    self.env._(
                        "%(metric)s needs a value field: name the number field that it"
                        " averages or sums.",
                        metric=metric.name,
                    )
                )

    @api.constrains(*(row[2] for row in SUBJECTS.values()))
    def _check_subject_path(self):
        for metric in self:
            if not any(metric[path] for _model, _field, path in SUBJECTS.values()):
                raise ValidationError(
                    self.env._(
                        "%(metric)s leads to nobody: fill in the path to the employee,"
                        " dealer, unit or department that it is counted for.",
                        metric=metric.name,
                    )
                )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        metrics = super().create(vals_list)
        metrics._check_definition()
        return metrics

    def write(self, vals):
        result = super().write(vals)
        if set(vals) - {"broken", "broken_message", "name", "description", "sequence"}:
            self._check_definition()
        return result

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_check(self):
        """Button: compile the definitions again and report the result."""
        self.check_access("write")
        self._check_definition()
        broken = self.filtered("broken")
        message = self.env._("Every definition compiles.")
        if broken:
            lines = (f"{metric.name}: {metric.broken_message}" for metric in broken)
            message = "\n".join(lines)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "danger" if broken else "success",
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_subject_model(self, subject_kind):
        return SUBJECTS[subject_kind][0]

    def _get_subject_path(self, subject_kind):
        """Return the path to the subject, or raise and name the metric without one."""
        self.ensure_one()
        path = self[SUBJECTS[subject_kind][2]]
        if not path:
            kinds = dict(self.env["revisit.scheme"]._fields["subject_kind"].selection)
            raise UserError(
                self.env._(
                    "The metric %(metric)s cannot be counted per %(kind)s: ask a"
                    " settings administrator to fill in its path, or take another"
                    " metric.",
                    metric=self.name,
                    kind=kinds[subject_kind],
                )
            )
        return path

    def _get_subject_kinds(self):
        """Return the kinds of subjects for which this metric can be counted."""
        self.ensure_one()
        return [kind for kind, row in SUBJECTS.items() if self[row[2]]]

    @api.model
    def _check_all(self):
        """Mark metrics as broken at each update, if another module removed a field."""
        self.search([("code", "!=", False)])._check_definition()

    def _check_definition(self):
        """Compile each metric for each kind of subject with LIMIT 0; mark failures.

        Compiling is necessary, since a well-formed domain can still be impossible to
        search.
        """
        for metric in self.sudo():  # the system marks metrics, not the user
            message = metric._get_definition_problem()
            if (
                metric.broken != bool(message)
                or (metric.broken_message or "") != message
            ):
                metric.write({"broken": bool(message), "broken_message": message})

    def _get_definition_problem(self):
        """Return why this metric cannot be counted, or an empty text."""
        self.ensure_one()
        day = date(2000, 1, 1)
        bounds = Bounds((day, day), periods.utc_bounds(day, day, "UTC"))
        labels = self.fields_get(attributes=["string"])
        for kind in self._get_subject_kinds():
            (population,) = group_metrics(self, kind)
            try:
                select = population.select(bounds, self.env.company)
                with self.env.cr.savepoint(flush=False):
                    self.env.execute_query(SQL("SELECT FROM (%s) q LIMIT 0", select))
            except DefinitionError as error:
                step = SUBJECTS[kind][2] if error.step == "subject" else error.step
                return f"{labels[step]['string']}: {error}"
            except Exception as error:  # errors of PostgreSQL mark it as broken, too
                return str(error).strip().splitlines()[0]
        return ""
