# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models
from odoo.tools import SQL

from ....tools.planning import TABLE

# a contact's leader that nobody has yet
OPEN_LEADER = SQL("c.reason IS NULL AND c.contact_id IS NULL AND c.user_id IS NULL")


class RevisitPlannerSet(models.AbstractModel):
    """Set-based: who makes the callbacks, and whom their answers will judge."""

    _inherit = "revisit.planner.set"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # NAMED BY THE DOCUMENT OR THE POLICY
    # ------------------------------------------------------------

    def _get_none_sql(self, policy):
        return SQL("NULL::int4")

    _get_round_robin_sql = _get_least_loaded_sql = _get_none_sql

    def _get_responsible_sql(self, policy):
        """Return the SQL of the user who is responsible for the document."""
        if policy._excludes_own_customers():
            return SQL("NULL::int4")
        # internal users only, see ``_revisit_may_make``
        return SQL(
            """(SELECT u.id FROM res_users u
                  JOIN res_partner p ON p.id = u.partner_id
                  JOIN res_partner owner ON owner.id = p.commercial_partner_id
                 WHERE u.id = responsible_id AND u.active AND NOT u.share
                   AND EXISTS (SELECT FROM res_groups_users_rel r
                                WHERE r.uid = u.id AND r.gid = ANY(%s))
                   AND EXISTS (SELECT FROM res_company_users_rel r
                                WHERE r.user_id = u.id AND r.cid = %s)
                   AND (NOT COALESCE(owner.is_dealer, FALSE)
                        OR (%s AND owner.id = own_dealer_id)
                        OR EXISTS (SELECT FROM res_company c
                                    WHERE c.partner_id = owner.id)))""",
            self.env["res.users"]._revisit_get_agent_groups().ids,
            policy.company_id.id,
            policy.level == "dealer",
        )

    def _get_agent_sql(self, policy):
        """Return the SQL of the policy's agent; dealers' users for own customers."""
        agent = policy.agent_id.filtered("active")
        if (
            not agent
            or agent._revisit_lacks_right()
            or not agent._revisit_works_in(policy.company_id)
        ):
            return self._get_none_sql(policy)
        given, owner = SQL("%s::int4", agent.id), agent._revisit_get_dealer()
        if owner:
            if not agent._revisit_may_make(policy.level, owner):
                return self._get_none_sql(policy)
            given = SQL("CASE WHEN own_dealer_id = %s THEN %s END", owner.id, given)
        return self._exclude_sql(policy, given)

    def _get_dealer_sql(self, policy):
        """Return the SQL of the dealer's first portal user, at the dealer's level."""
        if policy.level != "dealer":
            return self._get_none_sql(policy)
        return self._exclude_sql(
            policy,
            SQL(
                """(SELECT u.id FROM res_users u
                      JOIN res_partner p ON p.id = u.partner_id
                     WHERE p.commercial_partner_id = own_dealer_id
                       AND u.active AND u.share
                       AND EXISTS (SELECT FROM res_company_users_rel r
                                    WHERE r.user_id = u.id AND r.cid = %s)
                       AND EXISTS (SELECT FROM res_groups_users_rel r
                                    WHERE r.uid = u.id AND r.gid = ANY(%s))
                  ORDER BY u.id LIMIT 1)""",
                policy.company_id.id,
                self._get_portal_groups().ids,
            ),
        )

    def _exclude_sql(self, policy, user):
        """Return the SQL of a user, NULL where it would be their own work."""
        if not policy._excludes_own_customers():
            return user
        return SQL(
            "(SELECT given.id FROM (SELECT %s AS id) given WHERE given.id != ALL(%s))",
            user,
            self.env["revisit.callback"]._get_doers_sql(
                "reached", SQL("%s", policy.model_name)
            ),
        )

    # ------------------------------------------------------------
    # DISTRIBUTED BY THE UNIT
    # ------------------------------------------------------------

    def _assign(self, batch):
        shared = False
        for policy in sorted(batch.policies, key=lambda policy: policy.id):
            if policy.contact_type == "touch":
                continue
            if policy.assignment == "round_robin":
                shared |= self._share_in_turn_set(batch, policy)
            elif policy.assignment == "least_loaded":
                shared |= self._share_by_load_set(batch, policy)
        if shared:
            # followers get the agent of their leader
            self.env.cr.execute(
                SQL(
                    """UPDATE %(table)s c SET user_id = leader.user_id
                         FROM %(table)s leader
                        WHERE leader.id = c.contact_id
                          AND leader.user_id IS DISTINCT FROM c.user_id""",
                    table=TABLE,
                )
            )

    def _share_in_turn_set(self, batch, policy):
        """Distribute callbacks to the agents in turn; return whether there were any."""
        team = self._get_unit(policy)
        agents = self._get_agents(policy)
        if not agents:
            return False
        offset = self._get_turn(team)
        number = self._share_set(
            batch,
            policy,
            agents,
            SQL(
                "(%s::int4[])[(turn.number + %s) %% %s + 1]",
                agents,
                offset,
                len(agents),
            ),
        )
        if number and not self._get_run().dry_run:
            self._set_turn(team, (offset + number) % len(agents))
            self.env.flush_all()
        return bool(number)

    def _share_by_load_set(self, batch, policy):
        """Distribute callbacks so that agents with the fewest get them first."""
        agents = self._get_agents(policy)
        if not agents:
            return False
        total = self.env.execute_query(
            SQL(
                "SELECT count(*) FROM %s c WHERE c.policy_id = %s AND %s",
                TABLE,
                policy.id,
                OPEN_LEADER,
            )
        )[0][0]
        order = self._deal_out(self._get_loads(agents), total)
        return bool(
            self._share_set(
                batch, policy, agents, SQL("(%s::int4[])[turn.number + 1]", order)
            )
        )

    def _share_set(self, batch, policy, agents, user):
        """Set ``user_id`` of a policy's open leaders; ``turn.number`` counts from 0.

        :return: the number of leaders
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE %(table)s c SET user_id = %(user)s
                  FROM (SELECT c.id, row_number() OVER (
                                   ORDER BY window_end, policy_id, source_model,
                                            source_id, occasion) - 1 AS number
                          FROM %(table)s c
                         WHERE c.policy_id = %(policy)s AND %(open)s) turn
                 WHERE turn.id = c.id
                """,
                table=TABLE,
                policy=policy.id,
                open=OPEN_LEADER,
                user=user,
            )
        )
        number = self.env.cr.rowcount
        if number:
            self._pass_on_excluded(batch, policy, agents)
        return number

    def _pass_on_excluded(self, batch, policy, agents):
        """Pass what an agent may not make to the next one who may."""
        rows = self._get_doers(batch, policy)
        changed = []
        for leader_id, user_id, doer_ids in rows:
            excluded = {*(doer_ids or ()), *batch.excluded.get(leader_id, ())}
            if user_id in excluded:
                position = agents.index(user_id)
                order = agents[position:] + agents[:position]
                chosen = next((a for a in order if a not in excluded), None)
                changed.append((leader_id, chosen))
        if changed:
            self.env.cr.execute(
                SQL(
                    """UPDATE %s c SET user_id = passed.user_id
                         FROM unnest(%s::int4[], %s::int4[]) AS passed (id, user_id)
                        WHERE passed.id = c.id""",
                    TABLE,
                    *(list(column) for column in zip(*changed, strict=True)),
                )
            )

    def _get_doers(self, batch, policy):
        """Return whose work a policy's contacts verify.

        :return: rows of leader, its agent and those people (or None); no rows where
            nobody is excluded
        """
        if not self._has_exclusions(batch):
            return []
        return self.env.execute_query(
            SQL(
                """
                SELECT c.id, c.user_id,
                       array_agg(doer.id) FILTER (WHERE doer.id IS NOT NULL)
                  FROM %(table)s c
                  JOIN %(table)s member
                    ON member.id = c.id OR member.contact_id = c.id
                  JOIN revisit_policy member_policy
                    ON member_policy.id = member.policy_id
                  JOIN revisit_rulebook rulebook
                    ON rulebook.id = member_policy.rulebook_id
             LEFT JOIN LATERAL unnest(
                           CASE WHEN member_policy.kind = 'verification'
                                 AND rulebook.no_own_customer
                                THEN %(doers)s END) doer (id) ON TRUE
                 WHERE c.policy_id = %(policy)s AND c.reason IS NULL
                   AND c.contact_id IS NULL AND (
                       rulebook.no_own_customer OR c.id = ANY(%(leaders)s))
              GROUP BY c.id, c.user_id
                """,
                table=TABLE,
                doers=self.env["revisit.callback"]._get_doers_sql("member"),
                policy=policy.id,
                leaders=list(batch.excluded),
            )
        )

    def _has_exclusions(self, batch):
        return bool(batch.excluded) or any(
            policy._excludes_own_customers() for policy in batch.policies
        )

    # ------------------------------------------------------------
    # WHOM ANSWERS JUDGE
    # ------------------------------------------------------------

    def _get_subjects_sql(self, policy, query):
        """Return the JSON of whom a document names, NULL where it names nobody."""
        subjects = policy.trigger_id.subject_ids
        if not subjects:
            return SQL("NULL::jsonb")
        named = SQL(", ").join(
            SQL(
                "%s::text, CASE WHEN %s IS NOT NULL"
                " THEN jsonb_build_array(%s::text, %s) END",
                subject.kind,
                (found := self._path_sql(policy, query, subject.path)),
                subject._get_model(),
                found,
            )
            for subject in subjects
        )
        return SQL(
            "NULLIF(jsonb_strip_nulls(jsonb_build_object(%s)), '{}'::jsonb)", named
        )

    def _get_named_anew_sql(self):
        """Return the condition that a callback judges whom its document names now."""
        return SQL(
            """(source.event_at > %s OR (callback.state = 'cancelled'
                AND callback.event_at != source.event_at))""",
            fields.Datetime.now(),
        )
