import {registry} from "@web/core/registry";
import {
    RemainingDaysField,
    remainingDaysField,
} from "@web/views/fields/remaining_days/remaining_days_field";

const {DateTime} = luxon;
// days after which a date says more
const MOST_DAYS = 30;

/**
 * Odoo's remaining days, counted from the company's today: the server gives them in
 * `days_left`, so that a reader in another zone sees what the team sees.
 */
export class DaysLeftField extends RemainingDaysField {
    get diffDays() {
        const {name, record} = this.props;
        return record.data[name] ? record.data.days_left : null;
    }

    get diffString() {
        if (this.diffDays === null) {
            return super.diffString;
        }
        if (Math.abs(this.diffDays) > MOST_DAYS) {
            return this.formattedValue;
        }
        const today = DateTime.local().startOf("day");
        const day = today.plus({days: this.diffDays});
        // in days, however the calendar goes: three days are not "next month"
        const text = day.toRelativeCalendar({base: today, unit: "days"});
        return text.charAt(0).toUpperCase() + text.slice(1);
    }
}

registry.category("fields").add("revisit_days_left", {
    ...remainingDaysField,
    component: DaysLeftField,
    supportedTypes: ["date", "datetime"],
    fieldDependencies: [{name: "days_left", type: "integer"}],
});
