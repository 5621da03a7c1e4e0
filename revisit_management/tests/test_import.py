# Part of Revisit. See LICENSE file for full copyright and licensing details.
import csv
import io
from datetime import datetime, timedelta

import openpyxl

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools.misc import file_open

from .common import NOW, ZONE, RevisitCommon, utc

OPTIONS = {
    "has_headers": True,
    "quoting": '"',
    "separator": ",",
    "encoding": "utf-8",
    "date_format": "%Y-%m-%d",
    "datetime_format": "%Y-%m-%d %H:%M:%S",
    "float_thousand_separator": ",",
    "float_decimal_separator": ".",
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ImportCase(RevisitCommon):
    """Imports as a user does: file, preview with the proposed columns, import."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(name="After a Sale", code="after_sale")
        # the common customer has a user, and so the user's name
        cls.customer = cls.make_customer("Buyer")
        cls.importer = cls.make_user(
            "revisit_importer",
            "revisit_management.group_manager,base.group_partner_manager",
        )

    def make_csv(self, rows):
        stream = io.StringIO()
        csv.writer(stream).writerows(rows)
        return stream.getvalue().encode()

    def make_xlsx(self, rows):
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()

    def run_import(self, content, model="revisit.callback", **values):
        """Import the bytes of a file; return Odoo's answer."""
        dryrun = values.pop("dryrun", False)
        user = values.pop("user", self.importer)
        is_xlsx = content[:2] == b"PK"
        wizard = (
            self.env["base_import.import"]
            .with_user(user)
            .with_context(tz=ZONE)
            .create(
                {
                    "res_model": model,
                    "file": content,
                    "file_name": "file.xlsx" if is_xlsx else "file.csv",
                    "file_type": XLSX if is_xlsx else "text/csv",
                }
            )
        )
        preview = wizard.parse_preview(dict(OPTIONS))
        self.assertNotIn("error", preview)
        matches = preview["matches"] or {}
        headers = preview["headers"]
        columns = values.pop(
            "columns",
            ["/".join(matches.get(n, [])) or False for n in range(len(headers))],
        )
        self.columns = dict(zip(headers, columns, strict=True))
        return wizard.execute_import(columns, headers, dict(OPTIONS), dryrun=dryrun)

    def get_texts(self, result):
        """Return {row number in the file, from 0: message}."""
        return {
            message["rows"]["from"]: message["message"]
            for message in result["messages"]
        }

    def get_imported(self):
        return self.callbacks.search([("is_imported", "=", True)])


HEADER = ["Policy", "Customer", "Event", "Made", "Made By", "Result", "Satisfaction"]
GOOD = [
    "after_sale",
    "Buyer",
    "2026-03-01 10:00:00",
    "2026-03-03 15:00:00",
    "revisit_agent",
    "Customer Reached",
    "90",
]


def change(**cells):
    """Return the good row with other cells, by the number of the column."""
    row = list(GOOD)
    for name, value in cells.items():
        row[HEADER.index(name.replace("_", " "))] = value
    return row


@tagged("post_install", "-at_install")
class TestCallbackImport(ImportCase):
    """B10: past callbacks come in by Odoo's own import, and count as made."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent.name = "revisit_agent"
        cls.employee = cls.make_employee(cls.agent)

    def check_good(self, callback):
        self.assertEqual(callback.state, "done")
        self.assertEqual(callback.policy_id, self.policy)
        self.assertEqual(callback.partner_id, self.customer)
        self.assertEqual(callback.event_at, utc(ZONE, 2026, 3, 1, 10))
        self.assertEqual(callback.done_at, utc(ZONE, 2026, 3, 3, 15))
        self.assertEqual(callback.window_start, utc(ZONE, 2026, 3, 2))
        self.assertEqual(callback.window_end, utc(ZONE, 2026, 3, 5))
        self.assertTrue(callback.is_on_time)
        self.assertEqual(callback.satisfaction, 90)
        self.assertIs(callback.quality, False)
        self.assertEqual(callback.made_by_id, self.agent)
        self.assertEqual(callback.resp_user_id, self.agent)
        self.assertEqual(callback.resp_employee_id, self.employee)
        self.assertEqual(callback.result, "reached")
        self.assertTrue(callback.occasion.startswith("import:"))
        self.assertEqual(callback.company_id, self.company)
        self.assertEqual(callback.level, self.policy.level)

    def test_csv(self):
        """B10: one row becomes one finished callback, judged by its own window."""
        result = self.run_import(self.make_csv([HEADER, GOOD]))
        self.assertFalse(result["messages"])
        callback = self.callbacks.browse(result["ids"])
        self.assertEqual(callback, self.get_imported())
        self.check_good(callback)

    def test_xlsx(self):
        """B10: spreadsheets with real dates and numbers, too."""
        row = list(GOOD)
        row[2:4] = [datetime(2026, 3, 1, 10), datetime(2026, 3, 3, 15)]
        row[6] = 90
        result = self.run_import(self.make_xlsx([HEADER, row]))
        self.assertFalse(result["messages"])
        self.check_good(self.callbacks.browse(result["ids"]))

    def test_dry_run_writes_nothing(self):
        """B10: Test tells what would happen and leaves no trace."""
        content = self.make_csv([HEADER, GOOD])
        result = self.run_import(content, dryrun=True)
        self.assertFalse(result["messages"])
        self.assertEqual(len(result["ids"]), 1)
        self.assertFalse(self.get_imported())
        self.assertFalse(self.run_import(content)["messages"])
        self.assertEqual(len(self.get_imported()), 1)

    def test_late_is_late(self):
        """L1: the timeliness is computed; a window in the file counts first."""
        header = [*HEADER, "Earliest", "End of Window"]
        given = ["2026-03-06 00:00:00", "2026-03-08 00:00:00"]
        late = change(Made="2026-03-07 10:00:00")
        rows = [header, [*late, "", ""], [*late, *given]]
        rows[2][2] = "2026-03-02 10:00:00"
        result = self.run_import(self.make_csv(rows))
        self.assertFalse(result["messages"])
        callbacks = self.callbacks.browse(result["ids"])
        self.assertEqual(callbacks.mapped("is_on_time"), [False, True])

    def test_end_of_window_as_a_day(self):
        """L1, B10: made on the last day is on time, as people write the day."""
        header = [*HEADER, "Earliest", "End of Window"]
        row = change(Made="2026-03-05 15:00:00")
        for end, is_on_time in (
            ("2026-03-05", True),
            ("2026-03-05 23:59", True),
            ("2026-03-04", False),
            ("2026-03-05 00:00:00", False),
        ):
            with self.subTest(end=end):
                savepoint = self.env.cr.savepoint()
                rows = [header, [*row, "2026-03-02 00:00:00", end]]
                result = self.run_import(self.make_csv(rows))
                self.assertFalse(result["messages"])
                callback = self.callbacks.browse(result["ids"])
                self.assertEqual(callback.is_on_time, is_on_time)
                savepoint.close(rollback=True)
                self.env.invalidate_all()

    def test_working_days(self):
        """B2: windows in working days are computed from the company's calendar."""
        self.policy.write({"delay_unit": "workday", "delay_min": 1, "delay_max": 2})
        row = change(Event="2026-03-06 10:00:00", Made="2026-03-09 10:00:00")
        result = self.run_import(self.make_csv([HEADER, row]))
        self.assertFalse(result["messages"])
        callback = self.callbacks.browse(result["ids"])
        self.assertEqual(callback.window_start, utc(ZONE, 2026, 3, 9))
        self.assertEqual(callback.window_end, utc(ZONE, 2026, 3, 11))

    def test_policy_by_external_id_and_name(self):
        """B10: a policy is named by its code, its name or its external ID."""
        self.env["ir.model.data"].create(
            {
                "module": "__export__",
                "name": "policy",
                "model": "revisit.policy",
                "res_id": self.policy.id,
            }
        )
        header = ["Policy/External ID", *HEADER[1:]]
        first = self.run_import(
            self.make_csv([header, change(Policy="__export__.policy")])
        )
        self.assertFalse(first["messages"])
        row = change(Policy="After a Sale", Made="2026-03-03 16:00:00")
        second = self.run_import(self.make_csv([HEADER, row]))
        self.assertFalse(second["messages"])
        self.assertEqual(self.get_imported().policy_id, self.policy)
        self.assertEqual(len(self.get_imported()), 2)

    def test_zero_is_not_empty(self):
        """E2: a measured 0 stays, what was not asked stays empty."""
        rows = [HEADER, change(Satisfaction="0"), change(Satisfaction="")]
        rows[2][3] = "2026-03-03 16:00:00"
        result = self.run_import(self.make_csv(rows))
        values = self.callbacks.browse(result["ids"]).mapped("satisfaction")
        self.assertEqual(values[0], 0.0)
        self.assertIsNot(values[0], False)
        self.assertIs(values[1], False)

    # ------------------------------------------------------------
    # DOCUMENTS
    # ------------------------------------------------------------

    def test_named_document_is_not_planned_again(self):
        """B8, B10: the occasion is the document's; the planner knows it."""
        orders = self.make_order(date=NOW - timedelta(days=2)) + self.make_order(
            date=NOW - timedelta(days=2)
        )
        header = [*HEADER, "Source Model", "Document", "Document ID"]
        event = {"Event": "", "Made": "2026-03-09 15:00:00"}
        by_name = [*change(**event), "sale.order", orders[0].name, ""]
        by_id = [*change(**event), "sale.order", "", orders[1].id]
        result = self.run_import(self.make_csv([header, by_name, by_id]))
        self.assertFalse(result["messages"])
        callbacks = self.callbacks.browse(result["ids"])
        self.assertEqual(callbacks.mapped("source_id"), orders.ids)
        self.assertEqual(callbacks.mapped("source_name"), orders.mapped("name"))
        self.assertEqual(callbacks.mapped("occasion"), ["", ""])
        self.assertEqual(callbacks[0].event_at, orders[0].date_order)
        self.plan()
        self.assertEqual(self.get_planned(orders, self.policy), callbacks)
        self.assertEqual(set(callbacks.mapped("state")), {"done"})

    def test_left_out_occasion_is_settled(self):
        """B6: what was left out, and is made after all, is no longer listed."""
        order = self.make_order(date=NOW - timedelta(days=2))
        self.customer.write({"do_not_contact": True, "do_not_contact_reason": "Asked"})
        self.plan()
        domain = [("policy_id", "=", self.policy.id), ("source_id", "=", order.id)]
        self.assertTrue(self.env["revisit.planning.skip"].search(domain))
        header = [*HEADER, "Source Model", "Document"]
        row = [*change(Made="2026-03-09 15:00:00"), "sale.order", order.name]
        self.assertFalse(self.run_import(self.make_csv([header, row]))["messages"])
        self.assertFalse(self.env["revisit.planning.skip"].search(domain))

    def test_document_of_another_kind_or_unknown(self):
        """B10: a document that is not there, or does not fit, is told."""
        repair = self.make_repair()
        header = [*HEADER, "Source Model", "Document"]
        rows = [
            header,
            [*GOOD, "sale.order", "S-unknown"],
            [*GOOD, "repair.order", repair.name],
            [*GOOD, "no.such.model", "1"],
        ]
        texts = self.get_texts(self.run_import(self.make_csv(rows)))
        self.assertIn("The document is not found here", texts[0])
        self.assertIn("is not about this kind of document: repair.order", texts[1])
        self.assertIn("The document is not found here", texts[2])
        self.assertFalse(self.get_imported())

    def test_planned_document_is_told(self):
        """B8: where the planner was first, the result belongs on its callback."""
        order = self.make_order(date=NOW - timedelta(days=2))
        self.plan()
        self.assertTrue(self.get_planned(order, self.policy))
        header = [*HEADER, "Source Model", "Document"]
        row = [*change(Made="2026-03-09 15:00:00"), "sale.order", order.name]
        texts = self.get_texts(self.run_import(self.make_csv([header, row])))
        self.assertIn("has a callback by this policy already", texts[0])

    def test_document_of_another_company_is_not_found(self):
        """K3: another company's documents do not exist here."""
        other = self.make_company()
        order = self.env["sale.order"].with_company(other)
        order = order.create({"partner_id": self.customer.id, "state": "sale"})
        header = [*HEADER, "Source Model", "Document ID"]
        rows = [header, [*GOOD, "sale.order", order.id]]
        texts = self.get_texts(self.run_import(self.make_csv(rows)))
        self.assertIn("The document is not found here", texts[0])

    # ------------------------------------------------------------
    # WRONG FILES
    # ------------------------------------------------------------

    def test_documents_of_other_customers(self):
        """B10: a callback on another's order would leave that customer without one."""
        order = self.make_order(self.make_customer("Xu Jing"))
        header = [*HEADER, "Source Model", "Document"]
        content = self.make_csv([header, [*GOOD, "sale.order", order.name]])
        [message] = self.run_import(content)["messages"]
        self.assertIn("is not a document of", message["message"])

    def test_wrong_rows_are_told_by_number_and_nothing_comes_in(self):
        """B10: every wrong row at once, each with its number; all or nothing."""
        cases = [
            (change(Policy="no such policy"), "No matching record found"),
            (change(Policy=""), "Give the policy: its name, its code"),
            (change(Customer="Nobody at all"), "No matching record found"),
            (change(Customer=""), "Customer is empty"),
            (change(Made="2026-04-01 10:00:00"), "lies in the future"),
            (change(Made="2026-02-18 10:00:00"), "before its event happened"),
            (change(Made=""), "Made is empty"),
            (change(Result=""), "Result is empty"),
            (change(Result="Perhaps"), "Result: Perhaps is none of the choices"),
            (change(Satisfaction="101"), "give a number from 0 to 100"),
            (change(Satisfaction="-1"), "give a number from 0 to 100"),
            (change(Result="Customer Not Reached"), "gave no answers"),
        ]
        for row, text in cases:
            with self.subTest(text=text, row=row):
                content = self.make_csv([HEADER, GOOD, row])
                for dryrun in (True, False):
                    result = self.run_import(content, dryrun=dryrun)
                    self.assertFalse(result["ids"])
                    [message] = result["messages"]
                    self.assertIn(text, message["message"])
                    self.assertEqual(message["rows"]["from"], 1)
        self.assertFalse(self.get_imported())

    def test_cells_that_are_no_number_or_time(self):
        """B10: they are refused with their row and column."""
        for row, text in (
            (change(Satisfaction="good"), "Row 2: Satisfaction: good is no number"),
            (change(Event="yesterday"), "Row 2: Event: yesterday is no date and time"),
        ):
            with self.subTest(text=text):
                result = self.run_import(self.make_csv([HEADER, row]))
                self.assertFalse(result.get("ids"))
                self.assertIn(text, result["messages"][0]["message"])
        self.assertFalse(self.get_imported())

    def test_all_wrong_rows_at_once(self):
        """B10: one look at the answer is enough to correct the file."""
        rows = [
            HEADER,
            change(Satisfaction="101"),
            GOOD,
            change(Made="2026-04-01 10:00:00"),
            GOOD,
        ]
        texts = self.get_texts(self.run_import(self.make_csv(rows)))
        self.assertEqual(sorted(texts), [0, 2, 3])
        self.assertIn("twice", texts[3])
        self.assertFalse(self.get_imported())

    def test_windows_in_the_file_are_checked(self):
        """B10: half a window, or one that ends before it begins."""
        header = [*HEADER, "Earliest", "End of Window"]
        rows = [
            header,
            [*GOOD, "2026-03-02 00:00:00", ""],
            [*GOOD, "2026-03-05 00:00:00", "2026-03-02 00:00:00"],
        ]
        texts = self.get_texts(self.run_import(self.make_csv(rows)))
        self.assertIn("Give both the beginning and the end", texts[0])
        self.assertIn("Give both the beginning and the end", texts[1])

    def test_same_file_twice(self):
        """B10: importing a file again adds nothing and says so."""
        content = self.make_csv([HEADER, GOOD])
        self.assertFalse(self.run_import(content)["messages"])
        texts = self.get_texts(self.run_import(content))
        self.assertIn("was imported before", texts[0])
        self.assertEqual(len(self.get_imported()), 1)

    def test_external_id_never_changes_a_callback(self):
        """B10, L5: a second import is no way to better results."""
        header = ["External ID", *HEADER]
        first = self.run_import(self.make_csv([header, ["old_1", *GOOD]]))
        self.assertFalse(first["messages"])
        better = ["old_1", *change(Satisfaction="100")]
        texts = self.get_texts(self.run_import(self.make_csv([header, better])))
        self.assertIn("an import never changes one", texts[0])
        self.assertEqual(self.get_imported().satisfaction, 90)

    def test_columns_that_the_system_owns(self):
        """B10, L5: timeliness and responsibility are computed, never imported."""
        content = self.make_csv([[*HEADER, "On Time"], [*GOOD, "True"]])
        self.run_import(content, dryrun=True)
        self.assertFalse(self.columns["On Time"], "it is not offered")
        names = [*list(self.columns.values())[:-1], "is_on_time"]
        for name in ("is_on_time", "state", "resp_user_id", "review_note", "nonsense"):
            with self.subTest(name=name):
                names[-1] = name
                result = self.run_import(content, columns=list(names))
                self.assertFalse(result["ids"])
                self.assertIn(
                    "no such column can be imported", result["messages"][0]["message"]
                )
        self.assertFalse(self.get_imported())

    # ------------------------------------------------------------
    # WHO MAY
    # ------------------------------------------------------------

    def test_only_managers_import(self):
        """B10, K1: agents, supervisors and dealers import no past callbacks."""
        content = self.make_csv([HEADER, GOOD])
        columns = [
            "policy_id",
            "partner_id",
            "event_at",
            "done_at",
            "made_by_id",
            "result",
            "satisfaction",
        ]
        for user in (self.agent, self.supervisor, self.employee_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.run_import(content, user=user, columns=columns)
        for user in (self.agent, self.supervisor, self.portal_a, self.portal_customer):
            callbacks = self.callbacks.with_user(user)
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                callbacks.with_context(import_file=True).load(columns, [GOOD])
        self.assertFalse(self.get_imported())

    def test_forged_context_opens_nothing(self):
        """L5: no context key writes what the steps own, nor skips a check."""
        vals = {
            "policy_id": self.policy.id,
            "partner_id": self.customer.id,
            "event_at": "2026-03-01 02:00:00",
            "done_at": "2026-03-03 02:00:00",
            "result": "reached",
        }
        keys = {
            "import_file": True,
            "revisit_import": True,
            "default_state": "reviewed",
        }
        for user in (self.agent, self.supervisor, self.portal_a):
            forged = self.callbacks.with_user(user).with_context(**keys)
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                forged.create([dict(vals)])
        forged = self.callbacks.with_user(self.manager).with_context(**keys)
        for more, text in (
            ({"done_at": "2027-01-01 00:00:00"}, "lies in the future"),
            ({"result": False}, "Result is empty"),
            ({"is_on_time": True}, "no such column"),
            ({"state": "reviewed"}, "no such column"),
            ({"resp_user_id": self.agent.id}, "no such column"),
            ({"is_imported": False}, "no such column"),
        ):
            with self.subTest(more=more):
                self.assertRefused(UserError, text, forged.create, [{**vals, **more}])
        callback = forged.create([dict(vals)])
        self.assertTrue(callback.is_imported)
        self.assertEqual(callback.state, "done", "as by an import")
        # without the key, and on a callback that exists
        self.assertRaises(
            AccessError, self.callbacks.with_user(self.manager).create, [dict(vals)]
        )
        self.assertRaises(AccessError, callback.write, {"done_at": NOW})
        self.assertRaises(AccessError, callback.write, {"is_imported": False})
        open_one = self.make_callback(user_id=self.agent.id)
        self.assertRaises(
            AccessError,
            open_one.with_user(self.agent).with_context(**keys).write,
            {"state": "done"},
        )

    def test_context_reads_no_foreign_document(self):
        """K1: naming a document does not show what the importer may not read."""
        policy = self.make_policy("manual")
        employee = self.make_employee(self.agent2)
        vals = {
            "policy_id": policy.id,
            "partner_id": self.customer.id,
            "event_at": "2026-03-01 02:00:00",
            "done_at": "2026-03-03 02:00:00",
            "result": "reached",
            "source_model": "hr.employee",
            "source_id": employee.id,
        }
        callbacks = self.callbacks.with_user(self.manager)
        self.assertFalse(employee.with_user(self.manager).has_access("read"))
        with self.assertRaises(UserError) as caught:
            callbacks.with_context(revisit_import=True).create([vals])
        self.assertNotIn(employee.name, str(caught.exception))

    def test_policy_of_another_company(self):
        """K3: callbacks come into the company that one works in."""
        other = self.make_company()
        policy = self.make_policy(company_id=other.id)
        vals = {
            "policy_id": policy.id,
            "partner_id": self.customer.id,
            "event_at": "2026-03-01 02:00:00",
            "done_at": "2026-03-03 02:00:00",
            "result": "reached",
        }
        callbacks = self.callbacks.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "read") as refused:
            callbacks.with_context(revisit_import=True).create([vals])
        self.assertNotIn(other.name, str(refused.exception))
        self.manager.company_ids += other
        with self.assertRaises(ValidationError) as caught:
            callbacks.with_context(revisit_import=True).create([vals])
        self.assertIn("Change to that company", str(caught.exception))

    def test_row_longer_than_its_header_is_refused(self):
        """K7: 9,5 without quotes is two cells; neither is dropped."""
        head = "Policy,Customer,Event,Done At,Result,Satisfaction"
        plain = "after_sale,Buyer,2026-03-01 10:00:00,2026-03-03 10:00:00,reached"
        for row, is_right in ((f"{plain},9,5", False), (f"{plain},9,,", True)):
            with self.subTest(row=row):
                import_ = self.env["base_import.import"].create(
                    {"res_model": "revisit.callback", "file_type": "text/csv"}
                )
                import_.file = f"{head}\n{row}\n{plain}".encode()
                preview = import_.parse_preview(dict(OPTIONS))
                self.assertEqual("error" not in preview, is_right, preview)
                if not is_right:
                    self.assertIn("Row 2 has 7 cells", preview["error"])

    def test_formula_without_its_result_is_refused(self):
        """K7: a program wrote the file and left the results out."""
        content = self.make_xlsx([["Satisfaction", "Result"], ["=9+0.5", "reached"]])
        import_ = self.env["base_import.import"].create(
            {"res_model": "revisit.callback", "file_type": XLSX, "file": content}
        )
        preview = import_.parse_preview(dict(OPTIONS))
        self.assertIn("A2", preview["error"])

    def test_day_of_a_moment_is_not_dropped(self):
        """K7: a program that sends the day is told what to send."""
        occasions = self.env["revisit.occasion"].with_user(self.manager)
        with self.assertRaisesRegex(ValidationError, "occurs_at"):
            occasions.create(
                {
                    "partner_id": self.customer.id,
                    "kind": "event",
                    "occurs_on": "2026-12-24",
                }
            )

    def test_customer_of_another_company(self):
        """K3: nobody is called whom the importer may not read, nor is their dealer."""
        theirs = self.make_customer(
            "Theirs", company_id=self.make_company().id, dealer_id=self.dealer_a.id
        )
        vals = {
            "policy_id": self.policy.id,
            "partner_id": theirs.id,
            "event_at": "2026-03-01 02:00:00",
            "done_at": "2026-03-03 02:00:00",
            "result": "reached",
        }
        callbacks = self.callbacks.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "read"):
            callbacks.with_context(revisit_import=True).create([vals])

    def test_importing_other_documents_still_plans(self):
        """B7: a rule that plans while orders are imported is no import of callbacks."""
        action = self.env.ref("revisit_management.action_plan_order_confirmed")
        order = self.make_order()
        action.with_context(
            import_file=True,
            active_model="sale.order",
            active_ids=order.ids,
            active_id=order.id,
        ).run()
        callback = self.get_planned(order, action.revisit_policy_id)
        self.assertEqual(len(callback), 1)
        self.assertFalse(callback.is_imported)

    def test_cost_does_not_grow_with_the_file(self):
        """B10: rows are checked and stored together; Odoo looks up their names."""
        orders = self.env["sale.order"].union(
            *(self.make_order() for _number in range(3))
        )

        def cost(count, day):
            rows = [
                {
                    "policy_id": self.policy.id,
                    "partner_id": self.customer.id,
                    "event_at": f"2026-03-01 02:{minute:02}:00",
                    "done_at": f"2026-03-0{day} 02:{minute:02}:00",
                    "made_by_id": self.agent.id,
                    "result": "reached",
                }
                for minute in range(count)
            ]
            rows[0].update(source_model="sale.order", source_id=orders[day - 3].id)
            callbacks = self.callbacks.with_user(self.importer)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            callbacks.with_context(revisit_import=True).create(rows)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        cost(1, 3)
        few, many = cost(2, 4), cost(22, 5)
        self.assertEqual(len(self.get_imported()), 25)
        self.assertLessEqual(many - few, 3)


@tagged("post_install", "-at_install")
class TestImportTemplates(ImportCase):
    """A2, B10: ready files that fit as they are."""

    def read_template(self, model):
        [*_others, template] = self.env[model].get_import_templates()
        self.assertTrue(template["label"])
        path = template["template"].removeprefix("/")
        with file_open(path, "rb") as stream:
            return stream.read()

    def run_template(self, model):
        result = self.run_import(self.read_template(model), model)
        self.assertFalse(result["messages"])
        self.assertTrue(all(self.columns.values()), self.columns)
        self.assertEqual(len(set(self.columns.values())), len(self.columns))
        return self.env[model].browse(result["ids"])

    def test_templates_import_one_after_the_other(self):
        """A2, B10: customers, their products, their past callbacks."""
        customer, dealer = self.run_template("res.partner")
        self.assertEqual(customer.callback_tier, "medium")
        self.assertEqual(customer.callback_channel, "phone")
        self.assertEqual(
            (customer.callback_hour_from, customer.callback_hour_to), (9, 20)
        )
        self.assertEqual(customer.birthday.isoformat(), "1980-05-01")
        self.assertTrue(dealer.is_dealer)
        self.env["product.product"].create({"name": "Example Product"})
        line = self.run_template("revisit.archive.line")
        self.assertEqual(line.partner_id, customer)
        self.assertEqual(line.sold_on.isoformat(), "2025-01-10")
        self.assertEqual(line.serial_number, "SN-0001")
        self.assertEqual(line.filed_by_id, self.importer)
        callback = self.run_template("revisit.callback")
        self.assertEqual(callback.partner_id, customer)
        self.assertEqual(callback.state, "done")
        self.assertEqual(callback.source_name, "Paper file 17")
        self.assertEqual(callback.satisfaction, 90)

    def test_ban_without_reason_is_told_with_its_row(self):
        """A1: a customer who refuses contact comes with the reason."""
        header = ["Name", "Do Not Contact", "Why Not"]
        rows = [header, ["First", "False", ""], ["Second", "True", ""]]
        result = self.run_import(self.make_csv(rows), "res.partner")
        self.assertFalse(result["ids"])
        self.assertTrue(
            any("say why" in message["message"] for message in result["messages"])
        )
        self.assertFalse(self.env["res.partner"].search([("name", "=", "First")]))
        rows[2][2] = "Asked in writing"
        result = self.run_import(self.make_csv(rows), "res.partner")
        self.assertFalse(result["messages"])
        banned = self.env["res.partner"].browse(result["ids"])[1]
        self.assertTrue(banned.do_not_contact)
        self.assertEqual(banned.do_not_contact_date.isoformat(), "2026-03-10")

    def test_agents_import_products_but_not_who_filed_them(self):
        """A2: who filed a product, and when, is not typed."""
        header = ["Customer", "Product", "Filed By"]
        content = self.make_csv([header, ["Buyer", "Fridge", "revisit_agent2"]])
        result = self.run_import(content, "revisit.archive.line", user=self.agent)
        self.assertFalse(self.columns["Filed By"])
        self.assertFalse(result["messages"])
        line = self.env["revisit.archive.line"].browse(result["ids"])
        self.assertEqual(line.filed_by_id, self.agent)
        self.assertEqual(line.filed_at, NOW)
