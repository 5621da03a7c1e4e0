import {BaseImportModel} from "@base_import/import_model";
import {_t} from "@web/core/l10n/translation";
import {patch} from "@web/core/utils/patch";

/**
 * Errors that name their row themselves, as ours do, are shown as they are: Odoo would
 * put the number of the row before it, counted from 0, or "at multiple rows" behind.
 * Those of a column stay with the column.
 */
patch(BaseImportModel.prototype, {
    _handleImportErrors(messages, name) {
        const paths = this.columns.map((column) => column.fieldInfo?.fieldPath);
        const isOfColumn = ({field, field_path}) =>
            paths.includes(field_path ? field_path.join("/") : field);
        const told = messages.filter((error) => error.tells_row && !isOfColumn(error));
        const others = messages.filter((error) => !told.includes(error));
        const result = others.length
            ? super._handleImportErrors(others, name)
            : this._addMessage("danger", [
                  _t("The file cannot be imported until these rows are corrected:"),
              ]);
        // a column shows one reason at most: where there are several, all are told
        const count = (field) => others.filter((error) => error.field === field).length;
        const several = others.filter(
            (error) => error.tells_row && count(error.field) > 1
        );
        for (const error of [...told, ...several]) {
            this._addMessage("danger", [error.message]);
        }
        return result;
    },
});
