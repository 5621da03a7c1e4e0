# Part of Revisit. See LICENSE file for full copyright and licensing details.

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.planning import PlanningRun

# maximum number of documents planned at once; more are planned by the policy itself
MOST_DOCUMENTS = 5000


class RevisitPlanRecords(models.TransientModel):
    """Plans a policy for selected customers, documents or products, after a preview.

    The usual planner decides, with the company's limits and the unit's agents. By hand,
    a document is planned at most once a day; the user has to confirm that a document
    planned on an earlier day is planned again.
    """

    _name = "revisit.plan.records"
    _description = "Plan Callbacks"
    _inherit = ["revisit.protected.mixin"]

    # only the planner may set these: what will happen, or has happened
    _server_owned = {
        "before_count",
        "contact_count",
        "existing_count",
        "late_count",
        "left_out_count",
        "line_ids",
        "new_count",
        "planned_ids",
        "state",
    }

    res_model = fields.Char(required=True, readonly=True)
    res_ids = fields.Json(string="Chosen Records", required=True, readonly=True)
    record_count = fields.Integer(string="Chosen", compute="_compute_record_count")
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True
    )
    available_policy_ids = fields.Many2many(
        comodel_name="revisit.policy", compute="_compute_available_policy_ids"
    )
    policy_id = fields.Many2one(
        comodel_name="revisit.policy",
        domain="[('id', 'in', available_policy_ids)]",
    )
    policy_note = fields.Text(related="policy_id.note")
    available_team_ids = fields.Many2many(
        comodel_name="revisit.team", compute="_compute_available_team_ids"
    )
    team_id = fields.Many2one(
        comodel_name="revisit.team",
        string="Unit",
        domain="[('id', 'in', available_team_ids)]",
        compute="_compute_team_id",
        store=True,
        readonly=False,
        help="Its agents make the callbacks, and its manager sees them. At the level"
        " Dealer a dealer's own unit goes first.",
    )
    needs_team = fields.Boolean(compute="_compute_needs_team")
    unit_problem = fields.Text(compute="_compute_unit_problem")
    plans_again = fields.Boolean(
        string="Plan Again",
        help="Also for those for whom this policy planned something on an earlier day.",
    )
    state = fields.Selection(
        selection=[("draft", "To Check"), ("checked", "Checked"), ("done", "Planned")],
        default="draft",
        readonly=True,
    )
    # the preview, or the result
    new_count = fields.Integer(string="New Callbacks", readonly=True)
    contact_count = fields.Integer(string="In So Many Contacts", readonly=True)
    late_count = fields.Integer(string="Of These Late Already", readonly=True)
    before_count = fields.Integer(string="Planned on an Earlier Day", readonly=True)
    existing_count = fields.Integer(string="Planned Already", readonly=True)
    left_out_count = fields.Integer(string="Left Out", readonly=True)
    line_ids = fields.One2many(
        comodel_name="revisit.plan.records.line",
        inverse_name="wizard_id",
        readonly=True,
    )
    planned_ids = fields.Json(readonly=True)

    # ------------------------------------------------------------
    # OPENING
    # ------------------------------------------------------------

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        model = self.env.context.get("active_model")
        if not model or "res_ids" in values:
            return values
        records = self._browse_chosen(model, self.env.context.get("active_ids"))
        company = self._get_company(records)
        return {
            **values,
            "res_model": model,
            "res_ids": records.ids,
            "company_id": company.id,
        }

    @api.model
    def _prepare_create_values(self, vals_list):
        prepared = super()._prepare_create_values(vals_list)
        for vals in prepared:
            self._browse_chosen(vals.get("res_model"), vals.get("res_ids"))
        return prepared

    def write(self, vals):
        if {"res_ids", "res_model"} & set(vals):
            for wizard in self:
                wizard._browse_chosen(
                    vals.get("res_model", wizard.res_model),
                    vals.get("res_ids", wizard.res_ids),
                )
        return super().write(vals)

    @api.model
    def _browse_chosen(self, model, ids):
        """Return the selected records, or raise if there is no such list."""
        reader = self.env["revisit.reader"]
        ids = reader._read_ids(reader._get_label(self, "res_ids"), ids)
        if not isinstance(model, str) or model not in self.env:
            raise UserError(
                self.env._(
                    "There are no records of the kind %(model)s: open this dialog"
                    " from the list of the records to plan for.",
                    model=reader._show(model),
                )
            )
        return self.env[model].browse(ids or [])

    @api.model
    def _get_company(self, records):
        """Return the one company of the records, or raise."""
        records.check_access("read")
        if "company_id" not in records:
            return self.env.company
        companies = records.company_id
        if len(companies) > 1:
            raise UserError(
                self.env._(
                    "The chosen records belong to several companies: %(companies)s."
                    " Choose those of one company, and plan for the others"
                    " afterwards.",
                    companies=", ".join(companies.mapped("name")),
                )
            )
        if companies and companies not in self.env.companies:
            raise UserError(
                self.env._(
                    "The chosen records belong to %(company)s: switch to that company"
                    " first.",
                    company=companies.name,
                )
            )
        return companies or self.env.company

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("res_ids")
    def _compute_record_count(self):
        for wizard in self:
            wizard.record_count = len(wizard.res_ids or [])

    @api.depends("res_model", "company_id")
    def _compute_available_policy_ids(self):
        for wizard in self:
            wizard.available_policy_ids = self.env["revisit.policy"]._get_by_hand(
                wizard.res_model, wizard.company_id
            )

    @api.depends("company_id")
    @api.depends_context("uid")
    def _compute_available_team_ids(self):
        for wizard in self:
            wizard.available_team_ids = self.env["revisit.team"].search(
                [("company_id", "=", wizard.company_id.id), ("is_overseen", "=", True)]
            )

    @api.depends("policy_id")
    def _compute_team_id(self):
        for wizard in self:
            # records in the form are new records until it is saved
            teams = wizard.available_team_ids._origin
            own = wizard.policy_id.team_id._origin
            if wizard.policy_id.contact_type == "touch":
                wizard.team_id = False
            elif own in teams:
                wizard.team_id = own
            else:
                wizard.team_id = len(teams) == 1 and teams

    @api.depends("policy_id")
    def _compute_needs_team(self):
        for wizard in self:
            policy = wizard.policy_id
            is_callback = policy.contact_type == "callback"
            wizard.needs_team = is_callback and policy.level != "dealer"

    @api.depends("policy_id", "team_id")
    def _compute_unit_problem(self):
        for wizard in self:
            policy, team = wizard.policy_id, wizard.team_id
            wizard.unit_problem = (
                policy and team and policy._get_unit_problem(team) or False
            )

    @api.onchange("policy_id", "team_id", "plans_again")
    def _onchange_choice(self):
        if self.state == "checked":
            self.update({"state": "draft", "line_ids": [Command.clear()]})

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_check(self):
        """Show what would be planned or left out, without writing anything."""
        self.ensure_one()
        if self.state != "done":
            self._show(self._decide(dry_run=True), "checked")
        return self._reopen()

    def action_plan(self):
        """Plan, then open what was planned; a second click plans nothing more."""
        self.ensure_one()
        if self.state == "done":
            return self._open_planned() if self.planned_ids else self._reopen()
        # if clicked twice at once, the second click waits here and finds it done
        self._step({"state": "done"})
        self.flush_recordset(["state"])
        outcome = self._decide(dry_run=False)
        self._show(outcome, "done")
        policy, sources = self.policy_id, outcome["sources"]
        wanted = {row["source_id"] for row in outcome["new"]}
        planned = (
            self.env[self._get_target()]
            # all are counted, even those whose agents' work the user may not read
            .sudo()
            .search(
                [
                    ("policy_id", "=", policy.id),
                    ("source_model", "=", sources._name),
                    ("source_id", "in", list(wanted)),
                    ("id", "not in", outcome["known_ids"]),
                ]
            )
        )
        self._step({"planned_ids": planned.ids})
        return self._open_planned() if self.planned_ids else self._reopen()

    def action_open_unit(self):
        """Button: open the unit, to add agents and a manager."""
        self.ensure_one()
        return self.team_id._get_mend_action()

    def _open_planned(self):
        name = "touch" if self._get_target() == "revisit.touch" else "callback"
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"revisit_management.revisit_{name}_action"
        )
        return {
            **action,
            "name": self.env._("Planned: %(policy)s", policy=self.policy_id.name),
            "domain": [("id", "in", self.planned_ids)],
            "context": {},
        }

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Plan Callbacks"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    # ------------------------------------------------------------
    # DECIDING
    # ------------------------------------------------------------

    def _get_target(self):
        return self.env["revisit.planner"]._get_target(self.policy_id)

    def _check_choice(self):
        """Return the selected records, or raise if the policy cannot plan them."""
        records = self.env[self.res_model].browse(self.res_ids).exists()
        if self._get_company(records) != self.company_id:
            raise UserError(
                self.env._(
                    "The chosen records do not belong to %(company)s any more: close"
                    " this dialog and choose again.",
                    company=self.company_id.name,
                )
            )
        if self.policy_id not in self.available_policy_ids:
            raise UserError(
                self.env._(
                    "Choose a policy that takes these records; archived ones, and those"
                    " whose trigger does not work, plan nothing."
                )
            )
        self._check_unit()
        return records

    def _check_unit(self):
        """Raise unless the user oversees the unit, if the policy needs one."""
        if self.needs_team and not self.team_id:
            raise UserError(
                self.env._(
                    "Choose the unit whose agents make the callbacks: one that you"
                    " oversee."
                )
            )
        if self.team_id and self.team_id not in self.available_team_ids:
            raise AccessError(
                self.env._(
                    "You do not oversee %(unit)s: choose a unit of yours, or ask a"
                    " callback manager.",
                    unit=self.team_id.sudo().name,  # the form shows it
                )
            )

    def _decide(self, dry_run):
        """Let the planner decide about the selected records.

        :return: dict with the results for the documents: rows ``new`` and
            ``left_out``, ids ``before`` and ``existing``, reasons ``unfit`` by id
        """
        records, policy = self._check_choice(), self.policy_id
        sources = policy._get_sources_by_hand(records)
        self._check_document_count(sources)
        planned = policy._get_planned_by_hand(sources)
        before = self._get_planned_before(sources, planned)
        wanted = sources.browse(
            sources.ids
            if self.plans_again
            else [id_ for id_ in sources.ids if id_ not in before]
        )
        known_ids = self._get_known_ids(sources)
        rows = self._plan_documents(wanted, dry_run)
        decided = {row["source_id"] for row in rows}
        rest = wanted.filtered(lambda source: source.id not in decided)
        existing = rest.filtered(lambda source: source.id in planned)
        return {
            "sources": sources,
            "known_ids": known_ids,
            "new": [row for row in rows if not row["reason"]],
            "left_out": [row for row in rows if row["reason"]],
            "before": [] if self.plans_again else sorted(before),
            "existing": existing.ids,
            "unfit": policy._explain_unfit(rest - existing),
            "without": self._get_without_documents(records, sources),
        }

    def _check_document_count(self, sources):
        """Raise if there are more documents than one plans by hand at a time."""
        if len(sources) > MOST_DOCUMENTS:
            raise UserError(
                self.env._(
                    "These are %(count)s documents. Choose fewer at a time: at most"
                    " %(most)s.",
                    count=len(sources),
                    most=MOST_DOCUMENTS,
                )
            )

    def _plan_documents(self, sources, dry_run):
        """Let the planner run about some documents; return the rows it decided."""
        policy = self.policy_id
        run = PlanningRun(
            records=sources,
            dry_run=dry_run,
            team_id=self.team_id.id,
            occasion=not policy.model_name and policy._get_day_occasion(),
            keeps=["rows"],
        )
        rows = self.env["revisit.planner"]._plan(policy, run=run).rows
        self._check_units(rows)
        return rows

    def _get_planned_before(self, sources, planned):
        """Return the ids of documents that this policy planned by hand earlier."""
        policy = self.policy_id
        if policy.model_name:
            return set()
        today = policy._get_day_occasion()
        return {
            source_id
            for source_id, occasions in planned.items()
            if occasions and today not in occasions
        }

    def _get_known_ids(self, sources):
        return (
            self.env[self._get_target()]
            # all are counted, as in action_plan
            .sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("policy_id", "=", self.policy_id.id),
                    ("source_model", "=", sources._name),
                    ("source_id", "in", sources.ids),
                ]
            )
            .ids
        )

    def _check_units(self, rows):
        """Raise if callbacks would belong to units that the user does not oversee."""
        ids = {row["team_id"] for row in rows if row["team_id"] and not row["reason"]}
        if self.policy_id.contact_type == "touch":
            return
        foreign = self.env["revisit.team"].browse(ids) - self.available_team_ids
        if foreign:
            raise AccessError(
                self.env._(
                    "Some callbacks would go to %(units)s, which you do not oversee."
                    " Leave these dealers' customers out, or ask a callback manager.",
                    # their names are on documents that the user has selected
                    units=", ".join(foreign.sudo().mapped("name")),
                )
            )

    def _get_without_documents(self, records, sources):
        """Return the selected records that have no document of the policy's kind."""
        policy = self.policy_id
        if records._name == sources._name:
            return records.browse()
        if records._name == "res.partner":
            path = policy.trigger_id.partner_path
            customers = sources.mapped(path).commercial_partner_id
            return records.filtered(
                # compared by id only
                lambda r: r.sudo().commercial_partner_id not in customers
            )
        products = sources.product_id
        if records._name == "product.template":
            products = products.product_tmpl_id
        return records.filtered(lambda record: record not in products)


class RevisitPlanRecordsLine(models.TransientModel):
    _name = "revisit.plan.records.line"
    _description = "Plan Callbacks: Line"

    wizard_id = fields.Many2one(
        comodel_name="revisit.plan.records", required=True, ondelete="cascade"
    )
    what = fields.Selection(
        selection=[
            ("planned", "Planned"),
            ("existing", "There Already"),
            ("left_out", "Left Out"),
        ],
        string="Happens",
        readonly=True,
    )
    name = fields.Char(string="Document", readonly=True)
    partner_id = fields.Many2one(
        comodel_name="res.partner", string="Customer", readonly=True
    )
    team_id = fields.Many2one(comodel_name="revisit.team", string="Unit", readonly=True)
    user_id = fields.Many2one(comodel_name="res.users", string="Agent", readonly=True)
    window_start = fields.Datetime(string="From", readonly=True)
    last_moment = fields.Datetime(string="Until", readonly=True)
    text = fields.Char(string="Reason", readonly=True)
