# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..models.planning import background as revisit_run_background
from ..models.planning import slices as revisit_run_slice
from ..models.planning.policy_runs import LANES
from ..tools import companions, slices
from ..tools.planning import SHARDS
from ..wizards import revisit_plan_past
from .common import NOW, ZONE, RevisitCommon, utc

BEGIN, END = utc(ZONE, 2025, 12, 20), utc(ZONE, 2026, 3, 11)
# December, January, February and March
MONTHS = 4
SLICE_LOG = "odoo.addons.revisit_management.models.planning.slices"


class BackgroundCommon(RevisitCommon):
    """Orders of some customers over some months, and a policy for them."""

    order_days = (0, 20, 45, 70)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.runs = cls.env["revisit.run"]
        cls.policy = cls.make_policy(active_from=NOW)
        customers = [cls.make_customer(f"Customer {number}") for number in range(6)]
        cls.orders = cls.env["sale.order"].concat(
            *(
                cls.make_order(customer, date=NOW - timedelta(days=days))
                for days in cls.order_days
                for customer in customers
            )
        )

    def start(self, policies=None, user=None):
        policies = (policies or self.policy).with_user(user or self.manager)
        return policies.generate_in_background(BEGIN, END)

    def work(self, limit=1000):
        """Do slices as the scheduled action does; return how many."""
        done = 0
        with self.enter_registry_test_mode():
            while done < limit and self.runs._work_one():
                done += 1
        return done

    def get_states(self, run):
        return run.sudo().slice_ids.sorted("sequence").mapped("state")


@tagged("post_install", "-at_install")
class TestBackgroundRun(BackgroundCommon):
    """K4: long work in the background, with progress, resumable."""

    @mute_logger("odoo.addons.revisit_management.models.revisit_planner")
    def test_one_broken_policy_does_not_stop_the_others(self):
        """B8, K4: it is told, and repeated when it is mended; the others are done."""
        broken = self.make_policy(name="Broken", active_from=NOW)
        run = self.start(self.policy + broken)
        query = "UPDATE revisit_policy SET domain = %s WHERE id = %s"
        self.env.cr.execute(query, ["[('no_such_field', '=', 1)]", broken.id])
        self.env.invalidate_all()
        self.work()
        self.assertEqual(run.state, "failed")
        self.assertEqual(run.created_count, len(self.orders))
        self.assertEqual(run.message.count("Broken: "), 1, "each reason once")
        self.env.cr.execute(query, ["[]", broken.id])
        self.env.invalidate_all()
        run.with_user(self.manager).action_retry()
        self.work()
        self.assertEqual(run.state, "done")
        Callback = self.env["revisit.callback"]
        for policy in self.policy + broken:
            planned = Callback.search_count([("policy_id", "=", policy.id)])
            self.assertEqual(planned, len(self.orders))

    def test_slices_cover_the_range_once(self):
        """K4, B8: months by customers, no gap, no overlap, small ones."""
        run = self.start()
        self.assertEqual((run.state, run.slice_count), ("pending", MONTHS * LANES))
        by_bucket = {bucket: [] for bucket in range(SHARDS)}
        for part in run.slice_ids.sorted("sequence"):
            for bucket in part.parameters["buckets"]:
                by_bucket[bucket].append(
                    (part.parameters["date_from"], part.parameters["date_to"])
                )
        for ranges in by_bucket.values():
            self.assertEqual(ranges[0][0], str(BEGIN))
            self.assertEqual(ranges[-1][1], str(END))
            for earlier, later in zip(ranges, ranges[1:], strict=False):
                self.assertEqual(earlier[1], later[0])
            self.assertEqual(len(ranges), MONTHS)

    def test_slices_begin_with_local_periods(self):
        """K4: cuts lie where the company's months and years begin."""
        self.assertEqual(
            slices.month_slices(BEGIN, END, ZONE, 12),
            [(BEGIN, utc(ZONE, 2026, 1, 1)), (utc(ZONE, 2026, 1, 1), END)],
        )
        first, second, *_rest = slices.month_slices(
            datetime(2026, 3, 1), datetime(2026, 5, 1), "Europe/Berlin"
        )
        self.assertEqual(first[1], utc("Europe/Berlin", 2026, 4, 1))
        self.assertEqual(second[0], first[1])

    def test_samples_are_drawn_from_everybody(self):
        """K4, B4: a sample sees all customers and whole periods."""
        self.policy.write({"recurrence": "sample", "sample_rate": 10})
        parameters = self.start().slice_ids.mapped("parameters")
        self.assertEqual([p["buckets"] for p in parameters], [None, None])

    def test_same_result_as_at_once(self):
        """K4, B8: the background plans what generate() plans, once."""
        other = self.make_policy(active_from=NOW, name="At once")
        counts = other.generate(BEGIN, END)
        run = self.start()
        self.assertFalse(self.get_planned(self.orders, self.policy))
        self.assertEqual(self.work(), MONTHS * LANES)
        self.assertEqual((run.state, run.progress), ("done", 100.0))
        self.assertEqual(run.created_count, counts["created"])
        self.assertEqual(run.created_count, len(self.orders))
        self.assertEqual(run.requested_by_id, self.manager)
        self.assertTrue(run.started_at and run.ended_at and run.heartbeat)
        for one, two in zip(
            self.get_planned(self.orders, self.policy).sorted("source_id"),
            self.get_planned(self.orders, other).sorted("source_id"),
            strict=True,
        ):
            for name in ("source_id", "window_start", "window_end", "partner_id"):
                self.assertEqual(one[name], two[name])

    def test_planning_through_the_orm_takes_its_customers(self):
        """K4, P1: the record-by-record planner keeps to the slice, too."""
        self.company.revisit_plan_through_orm = True
        run = self.start()
        self.work()
        self.assertEqual((run.created_count, run.existing_count), (24, 0))

    def test_again_finds_everything_planned(self):
        """K4, B8: a second run creates nothing and says so."""
        self.start()
        self.work()
        again = self.start()
        self.work()
        self.assertEqual((again.created_count, again.existing_count), (0, 24))

    def test_same_work_is_not_started_twice(self):
        """K4: asking again shows the run that is under way."""
        run = self.start()
        self.assertEqual(self.start(), run)
        self.assertNotEqual(self.start(self.policy + self.make_policy()), run)
        self.work()
        self.assertNotEqual(self.start(), run, "the first one has ended")

    def test_progress_and_resuming(self):
        """K4: progress shows what is done; the rest is done later."""
        run = self.start()
        self.work(limit=5)
        self.assertEqual(run.state, "running")
        self.assertEqual((run.done_slice_count, run.slice_count), (5, 16))
        self.assertAlmostEqual(run.progress, 31.25)
        self.assertEqual(run.created_count, len(self.get_planned(self.orders)))
        self.assertEqual(self.work(), 11)
        self.assertEqual((run.state, run.created_count), ("done", 24))

    def test_lane_keeps_its_order(self):
        """K4, B5: a customer's months are planned one after the other."""
        run = self.start()
        first = run.slice_ids.sorted("sequence")[:LANES]
        ready = run.browse(run.sudo()._get_ready_ids())
        self.assertEqual(ready, first)
        second = run.slice_ids.sorted("sequence")[LANES]
        with self.enter_registry_test_mode():
            second.sudo()._do_slice()
            self.assertEqual(second.state, "pending", "not its turn")
            first[0].sudo()._do_slice()
            second.sudo()._do_slice()
        self.assertEqual(second.state, "done")

    def test_statistics_follow_a_growing_table(self):
        """K4, P7: the database is told of many new rows, and not of few."""
        run = self.start().sudo()
        execute = self.cr.execute
        for created, told in ((1000, False), (10**6, True)):
            run.created_count = created
            self.env.flush_all()
            with (
                patch.object(revisit_run_slice, "FEW_ROWS", 10**5),
                patch.object(self.cr, "execute", wraps=execute) as statements,
            ):
                run._refresh_statistics(run.slice_ids[0].id)
            texts = [str(call.args[0]) for call in statements.call_args_list]
            self.assertEqual(any("ANALYZE" in text for text in texts), told)

    def test_killed_slice_is_taken_up_again(self):
        """K4, B8: a slice left running by a dead process is ready for another."""
        run = self.start()
        with self.enter_registry_test_mode():
            self.runs._in_own_transaction(lambda runs: runs._claim())
        self.assertEqual(self.get_states(run).count("running"), 1)
        self.work()
        self.assertEqual(set(self.get_states(run)), {"done"})
        self.assertEqual(run.created_count, 24)

    @mute_logger(SLICE_LOG)
    def test_slice_that_kills_is_given_up(self):
        """K4: a slice that ends its process each time does not go on for ever."""
        run = self.start()
        part = run.slice_ids.sorted("sequence")[0]
        part.sudo().tries = revisit_run_slice.MAX_TRIES
        self.work()
        self.assertEqual((part.state, run.state), ("failed", "failed"))
        self.assertIn("The process was ended 5 times", run.message)
        self.assertEqual(run.done_slice_count, 15)

    @mute_logger(SLICE_LOG)
    def test_failure_is_told_and_repeated(self):
        """K4: one slice's trouble is told, the others go on, it can be repeated."""
        run = self.start()
        planner = type(self.env["revisit.planner"])
        plan, calls = planner._plan, []

        def plan_or_fail(self, *args, **kwargs):
            calls.append(1)
            if len(calls) == 3:
                raise ValueError("No ink left")
            return plan(self, *args, **kwargs)

        with patch.object(planner, "_plan", plan_or_fail):
            self.work()
        self.assertEqual((run.state, run.failed_slice_count), ("failed", 1))
        self.assertIn("No ink left", run.message)
        self.assertLess(run.created_count, 24)
        run.action_retry()
        self.assertEqual(run.state, "pending")
        self.assertEqual(self.work(), 1)
        self.assertEqual((run.state, run.message), ("done", ""))
        self.assertEqual(run.created_count, 24)

    def test_lost_races_begin_again(self):
        """B8: a slice that lost a race is done on a new snapshot."""
        run = self.start()
        lost = revisit_run_slice.LOST_RACES[0]
        planner = type(self.env["revisit.planner"])
        plan, calls = planner._plan, []

        def plan_or_lose(self, *args, **kwargs):
            counts = plan(self, *args, **kwargs)
            calls.append(1)
            if len(calls) % 2:
                raise lost("could not serialize access")
            return counts

        with patch.object(planner, "_plan", plan_or_lose):
            self.work()
        self.assertEqual(len(calls), 2 * run.slice_count)
        self.assertEqual((run.state, run.created_count), ("done", 24))
        self.assertEqual(len(self.get_planned(self.orders)), 24)

    @mute_logger(SLICE_LOG)
    def test_races_lost_for_ever_are_told(self):
        """B8: what never gets through fails with what to do."""
        run = self.start()

        def lose(self, *args, **kwargs):
            raise revisit_run_slice.LOST_RACES[0]("could not serialize access")

        planner = type(self.env["revisit.planner"])
        with (
            patch.object(planner, "_plan", lose),
            patch.object(revisit_run_slice.time, "sleep"),
        ):
            self.work()
        self.assertEqual(run.state, "failed")
        self.assertIn("Repeat the failed slices", run.message)

    def test_cancelling_keeps_what_is_done(self):
        """K4: cancelling leaves what is planned and begins nothing more."""
        run = self.start()
        self.work(limit=5)
        planned = run.created_count
        run.action_cancel()
        self.assertEqual(self.work(), 0)
        self.assertEqual((run.state, run.done_slice_count), ("cancelled", 5))
        self.assertEqual(set(self.get_states(run)), {"done", "cancelled"})
        self.assertEqual(len(self.get_planned(self.orders)), planned)
        self.assertRefused(UserError, "nothing is left to cancel", run.action_cancel)
        self.assertRefused(UserError, "no failed slice", run.action_retry)

    def test_cancelled_between_claim_and_work(self):
        """K4: a slice that was about to begin is cancelled with its run."""
        run = self.start()
        with self.enter_registry_test_mode():
            part_id = self.runs._in_own_transaction(lambda runs: runs._claim())
            run.sudo().write({"state": "cancelled"})
            self.env.flush_all()
            self.runs.browse(part_id)._do_claimed()
        self.assertEqual(self.runs.browse(part_id).state, "cancelled")
        self.assertFalse(self.get_planned(self.orders))

    def test_run_whose_process_died_at_the_end(self):
        """K4: a run without open slices is ended by the scheduled action."""
        run = self.start()
        with patch.object(type(self.runs), "_sum_up"):
            self.work()
        self.assertEqual(run.state, "running")
        with self.enter_registry_test_mode():
            self.runs._settle_ended()
        self.assertEqual((run.state, run.created_count), ("done", 24))

    def test_scheduled_action_works_it_off(self):
        """K4: on one machine the scheduled action does the work."""
        run = self.start()
        cron = self.env.ref("revisit_management.ir_cron_background")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertTrue(triggers, "the start wakes the scheduled action")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual((run.state, run.created_count), ("done", 24))
        progress = self.env["ir.cron.progress"].search(
            [("cron_id", "=", cron.id)], order="id desc", limit=1
        )
        self.assertEqual((progress.done, progress.remaining), (16, 0))

    def test_without_job_queue(self):
        """K4: OCA's job queue is used where it is installed, and not needed."""
        queue = companions.queue_job(self.env)
        self.assertEqual(queue is not None, "queue.job" in self.registry)

    def test_policy_that_is_gone(self):
        """K4: a policy deleted meanwhile plans nothing and breaks nothing."""
        run = self.start()
        self.policy.unlink()
        self.work()
        self.assertEqual((run.state, run.created_count), ("done", 0))

    def test_old_runs_are_cleaned_up_with_their_slices(self):
        """K4: finished runs are kept for 90 days, failed ones until looked into."""
        run = self.start()
        self.work()
        parts = run.slice_ids
        with self.at(NOW + timedelta(days=91)):
            self.runs._gc_old_runs()
        self.assertFalse((run + parts).exists())


@tagged("post_install", "-at_install")
class TestBackgroundRights(BackgroundCommon):
    """K1, K3, K4: who may start, cancel and see runs."""

    order_days = ()

    def test_only_managers(self):
        """K1: agents and supervisors start, cancel and repeat nothing."""
        run = self.start()
        for user in (self.agent, self.supervisor, self.employee_user):
            with self.subTest(user=user.login):
                self.assertRaises(AccessError, self.start, user=user)
                self.assertRaises(AccessError, run.with_user(user).action_cancel)
                self.assertRaises(AccessError, run.with_user(user).action_retry)
        for values in ({"state": "done"}, {"parameters": {}}, {"kind": "planning"}):
            self.assertRaises(AccessError, run.with_user(self.manager).write, values)
        self.assertRaises(
            AccessError, run.create, {"company_id": self.company.id, "kind": "planning"}
        )
        self.assertEqual(run.state, "pending")

    def test_other_companies(self):
        """K3: another company's run is neither seen nor cancelled."""
        company = self.make_company()
        run = self.start()
        stranger = self.make_user(
            "revisit_stranger",
            "revisit_management.group_manager",
            company_id=company.id,
            company_ids=company.ids,
        )
        self.assertFalse(run.with_user(stranger).search([("id", "=", run.id)]))
        self.assertRaises(AccessError, run.with_user(stranger).action_cancel)
        self.assertRaises(AccessError, self.start, user=stranger)

    def test_company_has_to_be_active(self):
        """K3: policies of a company that is switched off are refused."""
        company = self.make_company()
        self.manager.company_ids += company
        policy = self.make_policy(company_id=company.id)
        policies = (self.policy + policy).with_user(self.manager)
        self.assertRefused(
            UserError,
            "switch to that company",
            policies.with_context(allowed_company_ids=self.company.ids)
            .sudo()
            .generate_in_background,
            BEGIN,
            END,
        )
        runs = policies.with_context(
            allowed_company_ids=(self.company + company).ids
        ).generate_in_background(BEGIN, END)
        self.assertEqual(runs.company_id, self.company + company)

    def test_slip_in_the_year_is_refused(self):
        """K4: a range of centuries is refused before it is cut into slices."""
        self.assertRefused(
            UserError,
            "30 years at most",
            self.policy.with_user(self.manager).generate_in_background,
            "1980-01-01 00:00:00",
            "2026-01-01 00:00:00",
        )
        self.assertFalse(self.runs.search([("kind", "=", "plan_range")]))

    def test_kinds_are_fixed(self):
        """K1: a run names one of our kinds of work, never a method."""
        methods = self.runs._get_slice_methods()
        kinds = dict(self.runs._fields["kind"].selection)
        self.assertEqual(set(methods), set(kinds) - {"planning"})
        self.assertRaises(
            ValidationError,
            self.runs._run_in_background,
            "unlink",
            self.company,
            "key",
            "name",
            [],
        )


@tagged("post_install", "-at_install")
class TestBackgroundWizard(BackgroundCommon):
    """K4, B8: the dialog suggests the background for many events."""

    def make_wizard(self):
        wizard = self.env["revisit.plan.past"].with_user(self.manager)
        form = Form(wizard.with_context(active_ids=self.policy.ids))
        form.date_from, form.date_to = "2025-12-20", "2026-03-10"
        return form.save()

    def test_few_events_are_planned_at_once(self):
        """B8: a small range is planned while one waits."""
        wizard = self.make_wizard()
        wizard.action_check()
        self.assertFalse(wizard.in_background)
        wizard.action_plan()
        self.assertIn("New callbacks: 24", wizard.outcome)
        self.assertFalse(self.runs.search([("kind", "!=", "planning")]))

    def test_many_events_go_to_the_background(self):
        """K4: a large one is suggested for the background, and opens its run."""
        wizard = self.make_wizard()
        with patch.object(revisit_plan_past, "BACKGROUND_FROM", 23):
            wizard.action_check()
        self.assertTrue(wizard.in_background)
        action = wizard.action_plan()
        run = self.runs.browse(action["res_id"])
        self.assertEqual((run.kind, run.state), ("plan_range", "pending"))
        self.assertEqual(run.requested_by_id, self.manager)
        self.work()
        self.assertEqual(run.created_count, 24)

    def test_board_shows_the_last_planning_run(self):
        """K4: managers see when the planner last ran, and that it stands still."""
        self.env["revisit.planner.slot"].search([]).unlink()
        self.team.invalidate_recordset()
        self.assertEqual(
            (self.team.last_planning_at, self.team.is_planning_late), (False, True)
        )
        slot = self.env["revisit.planner.slot"].create({"company_id": self.company.id})
        for minutes, late in ((5, False), (61, True)):
            slot.planned_at = NOW - timedelta(minutes=minutes)
            self.team.invalidate_recordset()
            team = self.team.with_user(self.supervisor)
            self.assertEqual(team.last_planning_at, slot.planned_at)
            self.assertEqual(team.is_planning_late, late)


class QueueStandIn:
    """What we use of OCA's ``queue_job``: ``with_delay``, and jobs that wait."""

    def __init__(self):
        self.jobs = {}
        self.waiting = 0

    def with_delay(self, records, identity_key, description, channel):
        return JobStandIn(self, records, identity_key, description, channel)

    def search_count(self, domain, limit=None):
        return self.waiting

    def run_next(self, env):
        key, (model, ids, method, *_rest) = next(iter(self.jobs.items()))
        del self.jobs[key]
        getattr(env[model].browse(ids), method)()


class JobStandIn:
    def __init__(self, queue, records, key, description, channel):
        self.options = (queue, records, key, description, channel)

    def __getattr__(self, method):
        queue, records, key, description, channel = self.options
        job = (records._name, records.ids, method, description, channel)
        return lambda: queue.jobs.setdefault(key, job)


@tagged("post_install", "-at_install")
class TestBackgroundQueue(BackgroundCommon):
    """K4: with a job queue the same work runs as jobs; the rows stay the truth."""

    def setUp(self):
        super().setUp()
        self.queue = queue = QueueStandIn()
        self.patch(companions, "queue_job", lambda env: queue)
        delay = patch.object(
            self.registry["revisit.run"],
            "with_delay",
            lambda records, **options: queue.with_delay(records, **options),
            create=True,
        )
        delay.start()
        self.addCleanup(delay.stop)

    def run_jobs(self, limit=1000):
        done = 0
        with self.enter_registry_test_mode():
            while self.queue.jobs and done < limit:
                self.queue.run_next(self.env)
                done += 1
        return done

    def test_jobs_do_the_slices(self):
        """K4: one job per slice, at most one of a lane waiting, same result."""
        run = self.start()
        self.assertEqual(len(self.queue.jobs), LANES)
        for key, (model, ids, method, description, channel) in self.queue.jobs.items():
            self.assertEqual((model, method), ("revisit.run", "_do_slice"))
            self.assertEqual(key, f"revisit.run,{ids[0]}")
            self.assertIn(run.name, description)
            self.assertEqual(channel, revisit_run_background.CHANNEL)
        self.assertEqual(self.run_jobs(), 16)
        self.assertEqual((run.state, run.created_count), ("done", 24))

    def test_scheduled_action_leaves_it_to_the_jobs(self):
        """K4: the scheduled action makes missing jobs, and does no work itself."""
        run = self.start()
        self.run_jobs(limit=3)
        self.queue.jobs.clear()
        cron = self.env.ref("revisit_management.ir_cron_background")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(len(self.queue.jobs), LANES)
        self.assertEqual(run.done_slice_count, 3)
        self.run_jobs()
        self.assertEqual((run.state, run.created_count), ("done", 24))

    def test_queue_that_nobody_runs(self):
        """K4: where jobs wait as if nobody ran any, the scheduled action does it."""
        run = self.start()
        self.queue.waiting = 1
        cron = self.env.ref("revisit_management.ir_cron_background")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual((run.state, run.created_count), ("done", 24))
        self.run_jobs()
        self.assertEqual(run.created_count, 24, "late jobs find nothing to do")

    def test_stale_job_does_nothing(self):
        """K4, B8: a job that comes twice does not do its slice twice."""
        run = self.start()
        jobs = dict(self.queue.jobs)
        self.run_jobs()
        self.queue.jobs.update(jobs)
        self.run_jobs()
        self.assertEqual((run.done_slice_count, run.created_count), (16, 24))
