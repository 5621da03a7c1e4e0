import {registry} from "@web/core/registry";
import {
    RemainingDaysField,
    remainingDaysField,
} from "@web/views/fields/remaining_days/remaining_days_field";

const {DateTime} = luxon;

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
        if (this.diffDays === null || Math.abs(this.diffDays) > 99) {
            return super.diffString;
        }
        const today = DateTime.local().startOf("day");
        const text = today.plus({days: this.diffDays}).toRelativeCalendar();
        return text.charAt(0).toUpperCase() + text.slice(1);
    }
}

registry.category("fields").add("revisit_days_left", {
    ...remainingDaysField,
    component: DaysLeftField,
    supportedTypes: ["date", "datetime"],
    fieldDependencies: [{name: "days_left", type: "integer"}],
});
