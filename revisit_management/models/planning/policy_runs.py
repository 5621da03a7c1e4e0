# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ...tools import slices, windows
from ...tools.planning import SHARDS, PlanningRun

# how many processes can plan the same range in parallel
LANES = 4
# a longer range must be a typing error, and each month is cut into slices
MOST_DAYS = 30 * 366
INSTALLED = "revisit.archive.line"
PRODUCTS = ("product.product", "product.template")


class RevisitPolicy(models.Model):
    """Planning on request: a past period, now or in the background, and by hand."""

    _inherit = "revisit.policy"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def generate_in_background(self, date_from, date_to):
        """Plan as :meth:`generate` does, month by month in the background.

        Managers only. Calling it again while it is under way changes nothing.

        :param date_from: first moment, included: ISO 8601 with its offset, or UTC
        :param date_to: last moment, excluded, likewise
        :return: the runs, one per company
        :raise AccessError: the caller is not a callback manager
        :raise UserError: the range is empty, or a policy's company is not active
        """
        date_from, date_to = self._check_generate(date_from, date_to)
        if (date_to - date_from).days > MOST_DAYS:
            raise UserError(
                self.env._(
                    "Plan 30 years at most at a time: check the year of the first and"
                    " of the last day."
                )
            )
        # the user may not have selected these companies; the policies were checked
        others = self.sudo().company_id - self.env.companies
        if others:
            raise UserError(
                self.env._(
                    "Some policies belong to %(companies)s: switch to that company,"
                    " or leave these policies out.",
                    companies=", ".join(others.mapped("name")),
                )
            )
        runs = self.env["revisit.run"]
        for company in self.company_id:
            policies = self.filtered(lambda p, c=company: p.company_id == c)
            runs += policies._start_run(company, date_from, date_to)
        return runs

    def _start_run(self, company, date_from, date_to):
        """Start the background run of these policies; return the run.

        :param company: the company of the policies
        :param date_from: naive UTC datetime, included
        :param date_to: naive UTC datetime, excluded
        """
        ids = sorted(self.ids)
        tz = company._revisit_tz()
        name = self.env._(
            "Plan %(policies)s, %(period)s",
            policies=", ".join(self.mapped("name")[:3])
            + (f" (+{len(self) - 3})" if len(self) > 3 else ""),
            period=self._get_period_name(date_from, date_to, tz),
        )
        return self.env["revisit.run"]._run_in_background(
            "plan_range",
            company,
            f"plan_range:{ids}:{date_from}:{date_to}",
            name,
            self._prepare_slices(date_from, date_to, tz),
        )

    def _prepare_slices(self, date_from, date_to, tz):
        """Return slices by months and customers, so that each slice stays small.

        A sample is drawn from all events of a period: it needs all customers and
        whole years, which contain whole periods of any length.
        """
        sampled = self.filtered(lambda policy: policy.recurrence == "sample")
        parts = []
        if self - sampled:
            for first, last in slices.month_slices(date_from, date_to, tz):
                for lane in range(LANES):
                    buckets = list(range(lane, SHARDS, LANES))
                    parts.append((self - sampled, first, last, lane, buckets))
        if sampled:
            for first, last in slices.month_slices(date_from, date_to, tz, 12):
                parts.append((sampled, first, last, LANES, None))
        return [
            {
                "name": self._get_period_name(first, last, tz)
                + (f" ({lane + 1}/{LANES})" if buckets else ""),
                "lane": lane,
                "parameters": {
                    "policy_ids": policies.ids,
                    "date_from": fields.Datetime.to_string(first),
                    "date_to": fields.Datetime.to_string(last),
                    "buckets": buckets,
                },
            }
            for policies, first, last, lane, buckets in parts
        ]

    def _get_period_name(self, date_from, date_to, tz):
        """Return the local days of ``[date_from, date_to)`` as text."""
        first = windows.local_date(date_from, tz)
        last = windows.local_date(date_to - timedelta(seconds=1), tz)
        return f"{format_date(self.env, first)} – {format_date(self.env, last)}"

    @api.model
    def _get_by_hand(self, model, company):
        """Return the active policies of a company that can plan records of a model.

        These are policies about the records themselves, about documents of a customer,
        and those with a manual trigger, for any record. A sample is drawn from all
        documents of a period, never from selected ones.
        """
        policies = self.search(
            [("company_id", "=", company.id), ("recurrence", "!=", "sample")]
        )
        # the check reads documents to which the user need not have access
        policies.trigger_id.sudo()._check_definition()
        return policies.filtered(
            lambda policy: not policy.trigger_broken and policy._takes_model(model)
        )

    def _takes_model(self, model):
        """Return whether the policy plans such records, or their documents."""
        self.ensure_one()
        if not self.model_name or model == "res.partner":
            return True
        return self.model_name == (INSTALLED if model in PRODUCTS else model)

    def _get_sources_by_hand(self, records):
        """Return the documents that the policy plans for selected records.

        Products are replaced by installed products, contacts by their company, and
        customers by their latest document of the policy's kind.
        """
        self.ensure_one()
        # the policy decides what is planned, not what the user may read
        records = records.sudo().with_company(self.company_id)
        if records._name in PRODUCTS:
            return self._get_installed(records)
        if not self.model_name or records._name != "res.partner":
            return records
        if self.model_name == "res.partner":
            return records.commercial_partner_id
        return self._get_latest_documents(records.commercial_partner_id)

    def _get_installed(self, products):
        """Return the customers' installed products of the selected products.

        :param products: products or product templates
        """
        path = "product_id.product_tmpl_id"
        if products._name == "product.product":
            path = "product_id"
        return (
            self.env[INSTALLED]
            .sudo()  # the policy decides, not what the user may read
            .search(
                [(path, "in", products.ids), ("company_id", "=", self.company_id.id)],
                order="id",
            )
        )

    def _get_latest_documents(self, customers):
        """Return each customer's latest document that meets the policy's conditions."""
        planner = self.env["revisit.planner.set"]._for_company(self.company_id)
        planner = planner.env["revisit.planner.set"]
        policy = self.with_env(planner.env)
        path = f"{policy.trigger_id.partner_path}.commercial_partner_id"
        Model = planner.env[policy.model_name]
        query = Model._search(
            planner._get_source_domain(policy) & Domain(path, "in", customers.ids)
        )
        customer = planner._path_sql(policy, query, path)
        clock = planner._path_sql(policy, query, policy.trigger_id.clock_path)
        id_ = SQL.identifier(query.table, "id")
        query.order = SQL("%s, %s DESC, %s DESC", customer, clock, id_)
        self.env.flush_all()
        rows = self.env.execute_query(
            query.select(SQL("DISTINCT ON (%s) %s", customer, id_))
        )
        return Model.browse(sorted(row[0] for row in rows))

    def _get_day_occasion(self):
        """Return today's occasion for planning by hand: one per document and day."""
        tz = self.company_id._revisit_tz()
        return f"manual:{windows.local_date(fields.Datetime.now(), tz)}"

    def _get_planned_by_hand(self, sources):
        """Return {document id: occasions} that exist, even if cancelled by hand.

        Callbacks that the planner has cancelled do not count: it revives them itself.
        """
        self.ensure_one()
        target = self.env["revisit.planner"]._get_target(self)
        rows = (
            self.env[target]
            # callbacks of other units count as well, so that nothing is planned twice
            .sudo()
            .with_context(active_test=False)
            .search_fetch(
                [
                    ("policy_id", "=", self.id),
                    ("source_model", "=", sources._name),
                    ("source_id", "in", sources.ids),
                ],
                ["source_id", "occasion"],
            )
        )
        planned = {}
        for row in rows:
            planned.setdefault(row.source_id, set()).add(row.occasion)
        return planned

    def _explain_unfit(self, sources):
        """Return {document id: why the policy plans nothing}, in a few queries.

        :param sources: documents for which the planner has planned nothing
        """
        self.ensure_one()
        if not self.model_name:
            text = self.env._("It belongs to another company.")
            return dict.fromkeys(sources.ids, text)
        planner = self.env["revisit.planner"]._for_company(self.company_id)
        policy = self.with_env(planner.env)
        Model = planner.env[self.model_name].with_context(active_test=False)
        mine = Domain("id", "in", sources.ids)
        meeting = set(Model.search(mine & policy._get_condition()).ids)
        timed = set(Model.search(mine & planner._get_source_domain(policy)).ids)
        reasons = {}
        for source in sources:
            if "active" in source and not source["active"]:
                text = self.env._("It is archived.")
            elif source.id not in meeting:
                text = self.env._("It does not meet the policy's condition.")
            elif source.id not in timed:
                text = self.env._(
                    "Its date that starts the clock is empty, or it belongs to another"
                    " company."
                )
            else:
                text = self.env._("It is not due in the present period.")
            reasons[source.id] = text
        return reasons

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def generate(self, date_from, date_to, dry_run=False):
        """Plan for source events in [date_from, date_to), even before active_from.

        Managers only. Safe to repeat: an occasion is planned once.

        :param date_from: first moment, included: ISO 8601 with its offset, or UTC
        :param date_to: last moment, excluded, likewise
        :param dry_run: count only, write nothing
        :return: dict of counts ``created``, ``existing``, ``updated``,
            ``cancelled`` and ``skipped``, the last a dict by reason
        :raise AccessError: the caller is not a callback manager
        :raise UserError: the range is empty, or a moment cannot be read
        """
        date_from, date_to = self._check_generate(date_from, date_to)
        dry_run = self.env["revisit.reader"]._read_flag("dry_run", dry_run)
        run = PlanningRun(dry_run=dry_run)
        self.env["revisit.planner"]._plan(self, date_from, date_to, run)
        return run.get_counts()

    def _check_generate(self, date_from, date_to):
        """Refuse what cannot be planned for a past range; return the two datetimes."""
        if not (
            self.env.su or self.env.user.has_group("revisit_management.group_manager")
        ):
            raise AccessError(
                self.env._("Only callback managers plan for a past period.")
            )
        self.check_access("read")
        reader = self.env["revisit.reader"]
        date_from = reader._read_moment("date_from", date_from, "UTC")
        date_to = reader._read_moment("date_to", date_to, "UTC")
        if not (date_from and date_to and date_from < date_to):
            raise UserError(
                self.env._("Give a first moment that lies before the last one.")
            )
        self._check_months_set()
        for policy in self:
            # the check reads documents to which the user need not have access
            message = policy.trigger_id.sudo()._get_definition_error()
            if message:
                raise UserError(
                    self.env._(
                        "%(policy)s cannot plan: %(message)s",
                        policy=policy.name,
                        message=message,
                    )
                )
        self._check_in_effect(date_to)
        return date_from, date_to

    def _check_in_effect(self, date_to):
        """Refuse a range that ends before the rulebook is in effect."""
        for policy in self:
            start = policy._get_effect_start()
            if start and date_to <= start:
                raise UserError(
                    self.env._(
                        "%(policy)s plans nothing before %(day)s: from then on its"
                        " rulebook %(rulebook)s is in effect. Choose a later range, or"
                        " put Effective From on the rulebook back.",
                        policy=policy.name,
                        day=format_date(self.env, policy.rulebook_id.effective_from),
                        rulebook=policy.rulebook_id.name,
                    )
                )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _plan_records(self, records):
        """Plan this policy for given documents, e.g. from a server action.

        The documents must meet the trigger's and the policy's conditions; a
        policy with a manual trigger accepts any document, and counts from now.

        :return: counts, as :meth:`generate`
        """
        self._check_months_set()
        run = PlanningRun(records=records)
        return self.env["revisit.planner"]._plan(self, run=run).get_counts()
