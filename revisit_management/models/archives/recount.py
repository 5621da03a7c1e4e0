# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models
from odoo.tools import SQL

from .revisit_archive_field import CUSTOMER, PRODUCT

# what the statements read besides the fields that are asked for
READ_MODELS = (
    "hr.employee",
    "repair.order",
    "res.partner",
    "revisit.archive",
    "revisit.archive.line",
    "revisit.attempt",
    "revisit.callback",
)


class RevisitArchive(models.Model):
    """Counts archives in two statements, of all customers or of some.

    Once a day all of a company's customers are counted; those whose contact, products
    or calls change, at once.
    """

    _inherit = "revisit.archive"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # WHEN
    # ------------------------------------------------------------

    @api.model
    def _cron_recount(self):
        """Count the archives of all customers of the companies that check them."""
        asking = self.env["res.company"]._revisit_all()
        asking = asking.filtered(lambda company: company.id in self._get_asking_ids())
        for company in asking:
            self._recount_company(company, self._get_customers_scope(company))
        self._forget_others(asking)

    @api.model
    def _recount(self, partners):
        """Count the archives of these contacts' companies or persons."""
        # whose archive it is, whoever may read the contacts
        ids = partners.sudo().commercial_partner_id.ids
        asking = self._get_asking_ids()
        if not ids or not asking:
            return
        for company in self.env["res.company"].sudo().browse(asking):  # as above
            self._recount_company(company, self._get_known_scope(company, ids))

    @api.model
    def _forget_others(self, companies):
        """Remove archives that nobody asks for, and of who is no customer any more."""
        for company in companies:
            self.env.cr.execute(
                SQL(
                    """
                    DELETE FROM revisit_archive archive
                     WHERE archive.company_id = %s
                       AND archive.partner_id NOT IN (
                           SELECT partner.id FROM res_partner partner WHERE %s)
                    """,
                    company.id,
                    self._get_customers_scope(company),
                )
            )
        self.env.cr.execute(
            SQL(
                "DELETE FROM revisit_archive WHERE company_id != ALL(%s)", companies.ids
            )
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE revisit_archive_line
                   SET build_until = NULL, report_until = NULL, is_filed_late = FALSE
                 WHERE company_id != ALL(%s)
                   AND (build_until IS NOT NULL OR report_until IS NOT NULL)
                """,
                companies.ids,
            )
        )
        self._forget_cached()

    def _forget_cached(self):
        self.env["revisit.archive"].invalidate_model()
        self.env["revisit.archive.line"].invalidate_model(
            ["build_until", "report_until", "is_filed_late", "filed_employee_id"]
        )

    # ------------------------------------------------------------
    # WHOSE
    # ------------------------------------------------------------

    @api.model
    def _get_customers_scope(self, company):
        """Return the SQL condition on ``partner`` that they are the company's."""
        # the cron serves the company, whoever may read its customers
        Partner = self.env["res.partner"].sudo().with_company(company)
        Partner = Partner.with_context(active_test=True)
        query = Partner._search(
            [
                ("is_callback_customer", "=", True),
                ("company_id", "in", [company.id, False]),
            ]
        )
        return SQL(
            "partner.id = partner.commercial_partner_id AND partner.id IN %s",
            query.subselect(),
        )

    @api.model
    def _get_known_scope(self, company, ids):
        """Return the same of some contacts who are known to be customers.

        Whether others are is asked once a day, as it costs a pass over all orders.
        """
        return SQL(
            """
            partner.id = ANY(%(ids)s)
            AND partner.id = partner.commercial_partner_id
            AND partner.active AND partner.is_dealer IS NOT TRUE
            AND (EXISTS (SELECT FROM revisit_archive known
                          WHERE known.partner_id = partner.id
                            AND known.company_id = %(company)s)
                 OR EXISTS (SELECT FROM revisit_archive_line line
                              JOIN res_partner owner ON owner.id = line.partner_id
                             WHERE owner.commercial_partner_id = partner.id
                               AND line.company_id = %(company)s AND line.active))
            """,
            ids=ids,
            company=company.id,
        )

    # ------------------------------------------------------------
    # THE TWO STATEMENTS
    # ------------------------------------------------------------

    @api.model
    def _recount_company(self, company, scope):
        for model in READ_MODELS:
            self.env[model].flush_model()
        self._judge_lines(company, scope)
        self.env.cr.execute(self._get_upsert_sql(company, scope))
        self._forget_cached()

    @api.model
    def _get_limit_sql(self, company, name, day):
        """Return the SQL of the last day in time for a sale, or NULL.

        It is the earliest where several rulebooks ask; those that came into force
        after the sale do not.
        """
        # the rules hold for everybody, whoever may read them
        rulebooks = self.env["revisit.rulebook"].sudo()
        asking = rulebooks.search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "installed"),
                ("asks_archive", "=", True),
            ]
        )
        ends = [
            SQL(
                "CASE WHEN %s >= COALESCE(%s::date, '-infinity') THEN %s + %s END",
                day,
                rulebook.effective_from or None,
                day,
                rulebook[name],
            )
            for rulebook in asking
            if rulebook[name] is not False
        ]
        return SQL("LEAST(%s)", SQL(", ").join(ends)) if ends else SQL("NULL::date")

    @api.model
    def _get_day_sql(self, company, moment):
        return SQL(
            "(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date",
            moment,
            company._revisit_tz(),
        )

    @api.model
    def _judge_lines(self, company, scope):
        """Note until when each sale was to be filed, and whether it was late."""
        self.env.cr.execute(
            SQL(
                """
                WITH due AS (%s),
                judged AS (
                    SELECT *, COALESCE(built_on > build_until, FALSE)
                              OR COALESCE(reported_on > report_until, FALSE) AS is_late
                      FROM due)
                UPDATE revisit_archive_line line
                   SET build_until = judged.build_until,
                       report_until = judged.report_until,
                       filed_employee_id = judged.employee_id,
                       is_filed_late = judged.is_late
                  FROM judged
                 WHERE judged.id = line.id
                   AND (line.build_until, line.report_until, line.filed_employee_id,
                        line.is_filed_late)
                       IS DISTINCT FROM
                       (judged.build_until, judged.report_until, judged.employee_id,
                        judged.is_late)
                """,
                self._get_due_sql(company, scope),
            )
        )

    @api.model
    def _get_due_sql(self, company, scope):
        """Return the SQL of the sales with their days and who has filed them."""
        sold = SQL("line.sold_on")
        return SQL(
            """
            SELECT line.id, %(built)s AS build_until, %(reported)s AS report_until,
                   %(day)s AS reported_on,
                   COALESCE(line.built_on, %(day)s) AS built_on,
                   COALESCE(line.filed_employee_id, (
                       SELECT employee.id FROM hr_employee employee
                        WHERE employee.user_id = line.filed_by_id
                          AND employee.company_id = line.company_id
                     ORDER BY employee.active DESC, employee.id LIMIT 1))
                       AS employee_id
              FROM revisit_archive_line line
              JOIN res_partner owner ON owner.id = line.partner_id
              JOIN res_partner partner ON partner.id = owner.commercial_partner_id
             WHERE line.company_id = %(company)s AND %(scope)s
            """,
            built=self._get_limit_sql(company, "archive_built_days", sold),
            reported=self._get_limit_sql(company, "archive_reported_days", sold),
            day=self._get_day_sql(company, SQL("line.filed_at")),
            company=company.id,
            scope=scope,
        )

    @api.model
    def _get_sums_sql(self, company, model_name, alias, partner):
        """Return the SQL of ``(fields asked for, fields filled in)`` of one row."""
        rows = self.env["revisit.archive.field"]._get_asked(company, model_name)
        for row in rows:
            field = row._get_field()
            if field.type in ("one2many", "many2many"):
                self.env[field.comodel_name].flush_model()
        asked = [row._get_asked_sql(partner) for row in rows]
        filled = [
            SQL("%s * (%s)::int", share, row._get_filled_sql(alias))
            for row, share in zip(rows, asked, strict=True)
        ]
        return (
            SQL("(%s)", SQL(" + ").join(asked or [SQL("0")])),
            SQL("(%s)", SQL(" + ").join(filled or [SQL("0")])),
        )

    @api.model
    def _get_parts_sql(self, company, scope):
        """Return the SQL of the parts that are counted for each customer."""
        asked, filled = self._get_sums_sql(company, CUSTOMER, "partner", "partner")
        return SQL(
            """
            customer AS MATERIALIZED (
                SELECT partner.id, partner.is_company, partner.create_uid,
                       partner.create_date, partner.dealer_id,
                       %(asked)s AS asked, %(filled)s AS filled
                  FROM res_partner partner WHERE %(scope)s),
            product AS (%(products)s),
            pickup AS (
                SELECT customer.id, min(%(picked_up)s) AS day
                  FROM customer
                  JOIN res_partner owner ON owner.commercial_partner_id = customer.id
                  JOIN repair_order repair ON repair.partner_id = owner.id
                 WHERE repair.company_id = %(company)s AND repair.state = 'done'
              GROUP BY customer.id),
            wrong AS (
                SELECT customer.id, count(*) AS calls
                  FROM customer
                  JOIN res_partner owner ON owner.commercial_partner_id = customer.id
                  JOIN revisit_callback callback ON callback.partner_id = owner.id
                  JOIN revisit_attempt attempt ON attempt.callback_id = callback.id
                 WHERE callback.company_id = %(company)s
                   AND attempt.outcome = 'wrong_number'
              GROUP BY customer.id)
            """,
            asked=asked,
            filled=filled,
            products=self._get_products_sql(company),
            picked_up=self._get_day_sql(company, SQL("repair.revisit_done_at")),
            company=company.id,
            scope=scope,
        )

    @api.model
    def _get_products_sql(self, company):
        """Return the SQL of what each customer owns, with their contacts.

        What was returned or archived is not asked for any more; whether it was filed
        in time stays a fact.
        """
        asked, filled = self._get_sums_sql(company, PRODUCT, "line", "customer")
        return SQL(
            """
            SELECT customer.id, count(*) FILTER (WHERE line.active) AS lines,
                   sum(%(asked)s) FILTER (WHERE line.active) AS asked,
                   sum(%(filled)s) FILTER (WHERE line.active) AS filled,
                   count(*) FILTER (WHERE line.is_filed_late) AS late,
                   min(line.sold_on) AS sold_on,
                   min(COALESCE(line.built_on, %(reported)s)) AS built_on,
                   min(%(reported)s) AS reported_on,
                   min(line.report_until) AS report_until,
                   (array_agg(line.filed_by_id ORDER BY line.filed_at, line.id)
                    FILTER (WHERE line.move_id IS NULL))[1] AS filed_by_id,
                   (array_agg(line.dealer_id ORDER BY line.filed_at, line.id)
                    FILTER (WHERE line.dealer_id IS NOT NULL))[1] AS dealer_id
              FROM customer
              JOIN res_partner owner ON owner.commercial_partner_id = customer.id
              JOIN revisit_archive_line line ON line.partner_id = owner.id
             WHERE line.company_id = %(company)s
          GROUP BY customer.id
            """,
            asked=asked,
            filled=filled,
            reported=self._get_day_sql(company, SQL("line.filed_at")),
            company=company.id,
        )

    @api.model
    def _get_counted_sql(self, company, scope):
        """Return the SQL of the archives of the customers in ``scope``."""
        day = SQL("pickup.day")
        return SQL(
            """
            WITH %(parts)s, filed AS (
                SELECT customer.id AS partner_id,
                       COALESCE(product.filed_by_id, customer.create_uid)
                           AS filed_by_id,
                       COALESCE(product.dealer_id, customer.dealer_id) AS dealer_id,
                       customer.asked + COALESCE(product.asked, 0) AS asked_count,
                       customer.filled + COALESCE(product.filled, 0) AS filled_count,
                       COALESCE(wrong.calls, 0) AS wrong_number_count,
                       CASE WHEN product.id IS NULL THEN pickup.day
                            ELSE product.sold_on END AS event_on,
                       COALESCE(product.built_on, %(created)s) AS built_on,
                       COALESCE(product.reported_on, %(created)s) AS reported_on,
                       CASE WHEN product.id IS NULL THEN %(reported)s
                            ELSE product.report_until END AS report_until,
                       COALESCE(product.lines, 0) AS sale_count,
                       CASE WHEN product.id IS NOT NULL THEN product.late
                            WHEN %(created)s > LEAST(%(built)s, %(reported)s) THEN 1
                            ELSE 0 END AS late_count
                  FROM customer
             LEFT JOIN product USING (id)
             LEFT JOIN pickup USING (id) LEFT JOIN wrong USING (id))
            SELECT filed.*, employee.id AS filed_employee_id
              FROM filed
         LEFT JOIN LATERAL (
                   SELECT employee.id FROM hr_employee employee
                    WHERE employee.user_id = filed.filed_by_id
                      AND employee.company_id = %(company)s
                 ORDER BY employee.active DESC, employee.id LIMIT 1) employee ON TRUE
            """,
            parts=self._get_parts_sql(company, scope),
            created=self._get_day_sql(company, SQL("customer.create_date")),
            built=self._get_limit_sql(company, "archive_built_days", day),
            reported=self._get_limit_sql(company, "archive_reported_days", day),
            company=company.id,
        )

    @api.model
    def _get_upsert_sql(self, company, scope):
        names = (
            "partner_id filed_by_id filed_employee_id dealer_id asked_count"
            " filled_count wrong_number_count event_on built_on reported_on"
            " report_until sale_count late_count completeness is_complete is_filed_late"
        ).split()
        columns = SQL(", ").join(map(SQL.identifier, names))

        def of(table):
            return SQL(", ").join(SQL.identifier(table, name) for name in names)

        return SQL(
            """
            INSERT INTO revisit_archive AS archive (
                   company_id, %(columns)s, is_accurate, correction_count,
                   excused_count, create_uid, write_uid, create_date, write_date)
            SELECT %(company)s, %(values)s, counted.wrong_number_count = 0, 0, 0,
                   %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
              FROM (SELECT *, late_count > 0 AS is_filed_late,
                           filled_count >= asked_count AS is_complete,
                           CASE WHEN asked_count = 0 THEN 100
                                ELSE round(100.0 * filled_count / asked_count, 1)
                            END AS completeness
                      FROM (%(counted)s) filed) counted
                ON CONFLICT (company_id, partner_id) DO UPDATE
               SET (%(columns)s) = ROW(%(excluded)s),
                   is_accurate = excluded.wrong_number_count + archive.correction_count
                                 <= archive.excused_count,
                   write_date = excluded.write_date
             WHERE (%(current)s) IS DISTINCT FROM (%(excluded)s)
            """,
            columns=columns,
            values=of("counted"),
            excluded=of("excluded"),
            current=of("archive"),
            company=company.id,
            uid=self.env.uid,
            counted=self._get_counted_sql(company, scope),
        )
