# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import windows

INSTALLED = "revisit.archive.line"
PRODUCTS = ("product.product", "product.template")


class RevisitPolicy(models.Model):
    """Planning by hand: which records a policy takes, and what became of each."""

    _inherit = "revisit.policy"

    @api.model
    def _get_by_hand(self, model, company):
        """Return the active policies of a company that take records of a model.

        Those about the records themselves, those about documents of a customer,
        and those that any record can be the occasion of. A sample is drawn from
        all documents of a period, never from chosen ones.
        """
        policies = self.search(
            [("company_id", "=", company.id), ("recurrence", "!=", "sample")]
        )
        policies.trigger_id.sudo()._check_definition()
        return policies.filtered(
            lambda policy: not policy.trigger_broken and policy._takes_model(model)
        )

    def _takes_model(self, model):
        """Return whether the policy plans for such records, or for their documents."""
        self.ensure_one()
        if not self.model_name or model == "res.partner":
            return True
        return self.model_name == (INSTALLED if model in PRODUCTS else model)

    def _get_sources_by_hand(self, records):
        """Return the documents that the policy looks at for chosen records.

        Products stand for the installed ones, contacts for their company, and
        customers for their latest document of the policy's kind.
        """
        self.ensure_one()
        # what is planned is decided by the policy, not by what its user may read
        records = records.sudo().with_company(self.company_id)
        if records._name in PRODUCTS:
            return self._get_installed(records)
        if not self.model_name or records._name != "res.partner":
            return records
        if self.model_name == "res.partner":
            return records.commercial_partner_id
        return self._get_latest_documents(records.commercial_partner_id)

    def _get_installed(self, products):
        path = "product_id.product_tmpl_id"
        if products._name == "product.product":
            path = "product_id"
        return (
            self.env[INSTALLED]
            .sudo()
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
        """Return today's occasion of planning by hand: once per document and day."""
        tz = self.company_id._revisit_tz()
        return f"manual:{windows.local_date(fields.Datetime.now(), tz)}"

    def _get_planned_by_hand(self, sources):
        """Return {document id: occasions} of what there is, cancelled by hand or not.

        What the planner has taken back does not count: it comes back by itself.
        """
        self.ensure_one()
        target = self.env["revisit.planner"]._get_target(self)
        rows = (
            self.env[target]
            # another unit's callbacks are no reason to plan twice
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
        """Return {document id: why the policy does not take it}, in a few queries.

        :param sources: documents of which the planner has made nothing
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
