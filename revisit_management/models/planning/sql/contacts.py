# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models
from odoo.tools import SQL, groupby

from ....tools import contacts
from ....tools.planning import DEDICATED, GONE_STATES, TABLE
from ....tools.terms import CHANNEL_GROUPS, OPEN_STATES, PERIOD_MONTHS

# how many candidates are combined at a time, which limits memory
SLICE = 100_000

# a contact has one customer, one level, one group of channels and one unit
CONTACT_KEYS = SQL(
    "commercial_partner_id, level, channel_group, team_id, dealer_id, dedicated"
)
POLICY_JOIN = SQL(
    """JOIN revisit_policy policy ON policy.id = item.policy_id
  LEFT JOIN revisit_rulebook rulebook ON rulebook.id = policy.rulebook_id"""
)


class RevisitPlannerSet(models.AbstractModel):
    """Set-based: combines several reasons into one contact, and limits contacts."""

    _inherit = "revisit.planner.set"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # COMBINING
    # ------------------------------------------------------------

    def _combine(self, batch, moved):
        """Combine what overlaps: SQL finds the islands, Python combines each one."""
        total = self.env.execute_query(
            SQL("SELECT count(*) FROM %s WHERE reason IS NULL", TABLE)
        )[0][0]
        slices = max(-(-total // SLICE), 1)
        for number in range(slices):
            rows = self.env.execute_query(
                self._get_islands_sql(moved, SQL("%% %s = %s", slices, number))
            )
            changed, moved_rows = [], []
            for _key, group in groupby(rows, key=lambda row: row[-1]):
                self._combine_island(batch, group, changed, moved_rows)
            self._update_contacts(changed)
            if moved_rows and not self._get_run().dry_run:
                self._write_contacts(moved_rows)

    def _get_islands_sql(self, moved, part):
        """Return the query of callbacks that overlap with others of their customer.

        An island is a chain of overlapping windows; rows of one island have the same
        last column. The columns are those of :class:`contacts.Member` and the island.

        :param part: condition on the commercial partner, to work in slices
        """
        return SQL(
            """
            WITH member AS (
                %(candidates)s UNION ALL %(callbacks)s
            ), chained AS (
                SELECT *, window_start < max(window_end) OVER (
                              PARTITION BY %(keys)s ORDER BY window_start, id
                              ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                          AS continues
                  FROM member
            ), island AS (
                SELECT *, count(*) FILTER (WHERE continues IS NOT TRUE) OVER (
                              PARTITION BY %(keys)s ORDER BY window_start, id)
                          AS number
                  FROM chained
            ), sized AS (
                SELECT *, count(*) OVER (PARTITION BY %(keys)s, number) AS size
                  FROM island
            )
            SELECT id, window_start, window_end, is_new, contact_id, is_led, user_id,
                   own_ids,
                   dense_rank() OVER (ORDER BY %(keys)s, number) AS island
              FROM sized
             WHERE size > 1 OR contact_id IS NOT NULL
          ORDER BY island, is_new, policy_id, source_model, source_id, occasion
            """,
            candidates=self._get_new_members_sql(part),
            callbacks=self._get_open_members_sql(moved, part),
            keys=CONTACT_KEYS,
        )

    def _get_new_members_sql(self, part):
        """Return the query of the candidates that may share a contact."""
        return SQL(
            """
            SELECT item.id, TRUE AS is_new, NULL::int4 AS contact_id,
                   FALSE AS is_led, item.policy_id, item.source_model,
                   item.source_id, item.occasion, policy.level, %(shared)s
              FROM %(table)s item %(policy)s
             WHERE item.reason IS NULL AND policy.contact_type = 'callback'
               AND COALESCE(rulebook.merge_contacts, TRUE)
               AND item.commercial_partner_id %(part)s
            """,
            shared=self._get_member_columns(),
            table=TABLE,
            policy=POLICY_JOIN,
            part=part,
        )

    def _get_open_members_sql(self, moved, part):
        """Return the query of the open callbacks that may share a contact."""
        return SQL(
            """
            SELECT item.id, FALSE, item.contact_id, item.attempt_count > 0,
                   item.policy_id, item.source_model,
                   item.source_id, item.occasion, item.level, %(shared)s
              FROM revisit_callback item %(policy)s
             WHERE item.company_id = %(company)s
               AND item.active AND item.is_kept_apart IS NOT TRUE
               AND item.state = ANY(%(open)s)
               AND item.commercial_partner_id IN (
                   SELECT commercial_partner_id FROM %(table)s
                    WHERE reason IS NULL
                    UNION SELECT unnest(%(moved)s::int4[]))
               AND item.policy_id != ALL(%(replayed)s::int4[])
               AND COALESCE(rulebook.merge_contacts, TRUE)
               AND item.commercial_partner_id %(part)s
            """,
            shared=self._get_member_columns(),
            policy=POLICY_JOIN,
            company=self.env.company.id,
            open=list(OPEN_STATES),
            table=TABLE,
            moved=list(moved),
            replayed=self._get_run().replayed,
            part=part,
        )

    def _get_member_columns(self):
        """Return the columns that a contact's members share, and those to combine."""
        groups = [
            SQL("WHEN %s THEN %s", channel, name)
            for channel, name in CHANNEL_GROUPS.items()
        ]
        return SQL(
            """
            CASE item.channel %(groups)s END AS channel_group,
            COALESCE(item.team_id, 0) AS team_id,
            COALESCE(item.dealer_id, 0) AS dealer_id,
            CASE WHEN policy.assignment = ANY(%(dedicated)s)
                 THEN COALESCE(item.user_id, 0) ELSE 0 END AS dedicated,
            item.commercial_partner_id, item.window_start, item.window_end,
            item.user_id,
            CASE WHEN policy.kind = 'verification' AND rulebook.no_own_customer
                 THEN %(doers)s END AS own_ids
            """,
            doers=self.env["revisit.callback"]._get_doers_sql("item"),
            groups=SQL(" ").join(groups),
            dedicated=list(DEDICATED),
        )

    def _combine_island(self, batch, rows, changed, moved):
        """Combine one island.

        :param changed: list to which candidates that share a contact are added
        :param moved: list to which open callbacks that follow another open one are
            added; those that follow a candidate wait in the batch until it is inserted
        """
        members = {
            row[0]: contacts.Member(*row[:7], tuple(row[7] or ())) for row in rows
        }
        for result in contacts.combine(list(members.values())):
            member = members[result.id]
            leader_id, user_id = result.leader_id, result.user_id
            if member.is_new:
                if leader_id or result.joins or user_id:
                    changed.append(result)
            elif leader_id and leader_id < 0:
                batch.followers.append((result.id, leader_id, user_id))
                if member.excluded:
                    excluded = batch.excluded.setdefault(leader_id, set())
                    excluded.update(member.excluded)
            elif leader_id != member.contact_id or user_id != member.user_id:
                moved.append((result.id, leader_id, user_id))

    def _update_contacts(self, followers):
        """Set leaders and agents on the candidates in the table.

        :param followers: ``[(id, leader id, user id, whether the contact existed)]``
        """
        if not followers:
            return
        self.env.cr.execute(
            SQL(
                """
                UPDATE %s c SET contact_id = found.contact_id, joins = found.joins,
                                user_id = COALESCE(found.user_id, c.user_id)
                  FROM unnest(%s::int4[], %s::int4[], %s::int4[], %s::boolean[])
                    AS found (id, contact_id, user_id, joins)
                 WHERE c.id = found.id
                """,
                TABLE,
                *(list(column) for column in zip(*followers, strict=True)),
            )
        )

    # ------------------------------------------------------------
    # HOLDING BACK
    # ------------------------------------------------------------

    def _hold_back(self, batch):
        rulebooks = self._get_limiting_rulebooks(
            {policy.rulebook_id.id for policy in batch.policies}
        )
        for rulebook in rulebooks:
            if rulebook.cap_limit:
                self._hold_back_capped(batch, rulebook)
            if rulebook.touch_limit and not rulebook.touch_joins_cap:
                self._hold_back_touches(batch, rulebook)
        if batch and self.env.company.revisit_budget_limit:
            self._hold_back_over_budget(batch)

    def _hold_back_capped(self, batch, rulebook):
        is_own = SQL("policy.rulebook_id = %s", rulebook.id)
        in_scope = SQL("TRUE") if rulebook.cap_scope == "company" else is_own
        is_touch = SQL("policy.contact_type = 'touch'")
        counts = SQL(
            "%s AND CASE WHEN %s THEN %s ELSE policy.cap_role != 'exempt' END",
            in_scope,
            is_touch,
            rulebook.touch_joins_cap,
        )
        may_wait = SQL("%s AND (%s OR policy.cap_role = 'held')", is_own, is_touch)
        callbacks = self._get_used_sql(
            "revisit_callback",
            SQL(
                """item.contact_id IS NULL AND item.state != 'cancelled' AND item.active
                   AND policy.cap_role != 'exempt' AND %s""",
                in_scope,
            ),
            rulebook.cap_period,
        )
        used = callbacks
        if rulebook.touch_joins_cap:
            touches = self._get_used_sql(
                "revisit_touch",
                SQL("item.state != ALL(%s) AND %s", list(GONE_STATES), in_scope),
                rulebook.cap_period,
            )
            used = SQL("%s UNION ALL %s", callbacks, touches)
        self._hold_back_ranked_set(
            counts, may_wait, used, rulebook.cap_limit, rulebook.cap_period, "cap"
        )

    def _hold_back_touches(self, batch, rulebook):
        is_own_touch = SQL(
            "policy.rulebook_id = %s AND policy.contact_type = 'touch'", rulebook.id
        )
        used = self._get_used_sql(
            "revisit_touch",
            SQL(
                "item.state != ALL(%s) AND policy.rulebook_id = %s",
                list(GONE_STATES),
                rulebook.id,
            ),
            rulebook.touch_period,
        )
        self._hold_back_ranked_set(
            is_own_touch,
            SQL("TRUE"),
            used,
            rulebook.touch_limit,
            rulebook.touch_period,
            "touch_quota",
        )

    def _get_used_sql(self, table, condition, period):
        """Return the query of customers and periods of the existing contacts."""
        return SQL(
            """
            SELECT item.commercial_partner_id, %(period)s AS period
              FROM %(rows)s item
              JOIN revisit_policy policy ON policy.id = item.policy_id
             WHERE item.company_id = %(company)s AND %(condition)s
               AND item.policy_id != ALL(%(replayed)s::int4[])
               AND item.commercial_partner_id IN (
                   SELECT commercial_partner_id FROM %(table)s WHERE reason IS NULL)
            """,
            rows=SQL.identifier(table),
            period=self._get_period_sql(SQL("item.window_end"), period),
            company=self.env.company.id,
            condition=condition,
            replayed=self._get_run().replayed,
            table=TABLE,
        )

    def _get_period_sql(self, window_end, period):
        """Return the first day of the calendar period in which a window ends."""
        months = PERIOD_MONTHS[period]
        day = self._get_last_day_sql(window_end)
        return SQL(
            """make_date(date_part('year', %(day)s)::int4,
                (date_part('month', %(day)s)::int4 - 1) / %(months)s * %(months)s + 1,
                1)""",
            day=day,
            months=months,
        )

    def _hold_back_ranked_set(self, counts, may_wait, used, limit, period, reason):
        """Set a reason on the contacts that rank beyond the limit of their period.

        :param counts: condition on a contact's leader and its policy
        :param may_wait: condition on each callback of a contact that is held back
        :param used: query of customer and period of the existing contacts
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE %(table)s c
                   SET reason = %(reason)s,
                       decision = COALESCE(c.decision, '{}') || jsonb_build_object(
                           'limit', %(limit)s, 'limit_from', ranked.period,
                           'months', %(months)s, 'number', ranked.number)
                  FROM (%(ranked)s) ranked
                 WHERE COALESCE(c.contact_id, c.id) = ranked.id AND c.reason IS NULL
                   AND ranked.may_wait AND ranked.number > %(limit)s
                """,
                table=TABLE,
                ranked=self._get_ranked_sql(counts, may_wait, used, period),
                limit=limit,
                months=PERIOD_MONTHS[period],
                reason=reason,
            )
        )

    def _get_ranked_sql(self, counts, may_wait, used, period):
        """Return the query of the leaders that count, numbered within their period."""
        return SQL(
            """
            WITH contact AS (
                SELECT COALESCE(c.contact_id, c.id) AS id,
                       bool_and(COALESCE(%(may_wait)s, FALSE)) AS may_wait
                  FROM %(table)s c
                  JOIN revisit_policy policy ON policy.id = c.policy_id
                 WHERE c.reason IS NULL AND NOT c.joins
              GROUP BY 1
            ), used AS (
                SELECT commercial_partner_id, period, count(*) AS number
                  FROM (%(used)s) used GROUP BY 1, 2
            ), leader AS (
                SELECT c.id, c.commercial_partner_id, contact.may_wait,
                       %(period)s AS period, policy.sequence, c.window_end,
                       c.policy_id, c.source_model, c.source_id, c.occasion
                  FROM %(table)s c
                  JOIN revisit_policy policy ON policy.id = c.policy_id
                  JOIN contact ON contact.id = c.id
                 WHERE COALESCE(%(counts)s, FALSE)
            )
            SELECT leader.*, COALESCE(used.number, 0) + row_number() OVER (
                       PARTITION BY leader.commercial_partner_id, leader.period
                       ORDER BY may_wait, sequence, window_end, policy_id,
                                source_model, source_id, occasion) AS number
              FROM leader
         LEFT JOIN used USING (commercial_partner_id, period)
            """,
            table=TABLE,
            counts=counts,
            may_wait=may_wait,
            used=used,
            period=self._get_period_sql(SQL("c.window_end"), period),
        )

    # ------------------------------------------------------------
    # CONTACT BUDGET
    # ------------------------------------------------------------

    def _get_budget_sql(self):
        """Return the query of the contacts of customers who may have too many.

        Rows are customer, candidate (NULL: a contact that there is), moment, and
        whether it may overdraw the budget.
        """
        return SQL(
            """
            WITH moment AS (
                %(candidates)s UNION ALL %(contacts)s
            ), many AS (
                SELECT commercial_partner_id FROM moment
              GROUP BY 1 HAVING count(*) > %(limit)s AND count(id) > 0
            )
            SELECT commercial_partner_id, id, at, overdraws
              FROM moment JOIN many USING (commercial_partner_id)
          ORDER BY commercial_partner_id, id IS NOT NULL, sequence, window_end,
                   policy_id, source_model, source_id, occasion
            """,
            candidates=self._get_budget_candidates_sql(),
            contacts=self._get_budget_contacts_sql(),
            limit=self.env.company.revisit_budget_limit,
        )

    def _get_budget_contacts_sql(self):
        """Return the query of the contacts that there are, which nothing ranks."""
        return SQL(
            """
            SELECT item.commercial_partner_id, NULL,
                   COALESCE(item.done_at, item.window_start),
                   NULL, NULL, NULL, NULL, NULL, NULL, NULL
              FROM revisit_callback item
             WHERE item.contact_id IS NULL AND item.state != 'cancelled'
               AND item.active AND %(ours)s
         UNION ALL
            SELECT item.commercial_partner_id, NULL,
                   COALESCE(item.sent_at, item.window_start),
                   NULL, NULL, NULL, NULL, NULL, NULL, NULL
              FROM revisit_touch item
             WHERE item.state != ALL(%(gone)s) AND %(ours)s
            """,
            gone=list(GONE_STATES),
            ours=SQL(
                """item.company_id = %s AND item.policy_id != ALL(%s::int4[])
                   AND item.commercial_partner_id IN (
                       SELECT commercial_partner_id FROM %s WHERE reason IS NULL)""",
                self.env.company.id,
                self._get_run().replayed,
                TABLE,
            ),
        )

    def _get_budget_candidates_sql(self):
        """Return the query of the new contacts, with the columns that rank them."""
        return SQL(
            """
            SELECT c.commercial_partner_id, c.id, c.window_start AS at,
                   leader.overdraws, policy.sequence, c.window_end,
                   c.policy_id, c.source_model, c.source_id, c.occasion
              FROM (SELECT COALESCE(c.contact_id, c.id) AS id,
                           bool_or(COALESCE(policy.overdraw_reason->>'en_US', '')
                                   != '') AS overdraws
                      FROM %(table)s c
                      JOIN revisit_policy policy ON policy.id = c.policy_id
                     WHERE c.reason IS NULL AND NOT c.joins
                  GROUP BY 1) leader
              JOIN %(table)s c ON c.id = leader.id
              JOIN revisit_policy policy ON policy.id = c.policy_id
            """,
            table=TABLE,
        )

    def _hold_back_over_budget(self, batch):
        """Let Python decide, but only on customers who may exceed their budget."""
        rows = self.env.execute_query(self._get_budget_sql())
        exceeding = []
        for _customer, group in groupby(rows, key=lambda row: row[0]):
            times = [at for _customer, key, at, _overdraws in group if not key]
            wanted = [row[1:] for row in group if row[1]]
            exceeding += self._get_over_budget(times, wanted)
        if exceeding:
            self._mark_over_budget_set(exceeding)

    def _mark_over_budget_set(self, leaders):
        """Explain the budget on contacts, and hold back those that may not overdraw.

        :param leaders: ids of the leading candidates over the budget
        """
        company = self.env.company
        self.env.cr.execute(
            SQL(
                """
                WITH contact AS (
                    SELECT COALESCE(c.contact_id, c.id) AS id,
                           bool_or(COALESCE(policy.overdraw_reason->>'en_US', '')
                                   != '') AS overdraws
                      FROM %(table)s c
                      JOIN revisit_policy policy ON policy.id = c.policy_id
                     WHERE c.reason IS NULL
                       AND COALESCE(c.contact_id, c.id) = ANY(%(leaders)s)
                  GROUP BY 1
                )
                UPDATE %(table)s c
                   SET reason = CASE WHEN NOT contact.overdraws THEN 'budget' END,
                       decision = COALESCE(c.decision, '{}') || jsonb_build_object(
                           'budget', %(limit)s, 'days', %(days)s,
                           'overdrawn', contact.overdraws)
                  FROM contact
                 WHERE COALESCE(c.contact_id, c.id) = contact.id AND c.reason IS NULL
                """,
                table=TABLE,
                leaders=leaders,
                limit=company.revisit_budget_limit,
                days=company.revisit_budget_days,
            )
        )
