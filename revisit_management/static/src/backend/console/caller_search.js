import {Component, onWillStart, useRef, useState} from "@odoo/owl";
import {useBus, useService} from "@web/core/utils/hooks";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {KeepLast} from "@web/core/utils/concurrency";
import {registry} from "@web/core/registry";
import {useDebounced} from "@web/core/utils/timing";
import {useDropdownState} from "@web/core/dropdown/dropdown_hooks";
import {user} from "@web/core/user";

// the first character of Chinese scripts, as on the server
const CHINESE = "\u2e80";

/** A customer rings: the box that finds the open callback, from any screen. */
export class CallerSearch extends Component {
    static template = "revisit_management.CallerSearch";
    static components = {Dropdown};
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dropdown = useDropdownState();
        this.input = useRef("input");
        this.keepLast = new KeepLast();
        this.state = useState({isAgent: false, text: "", found: null});
        this.search = useDebounced(() => this.find(), 250);
        onWillStart(async () => {
            this.state.isAgent = await user.hasGroup("revisit_management.group_agent");
        });
        useBus(this.env.bus, "REVISIT:RINGING", ({detail}) => {
            this.state.text = detail.number;
            this.dropdown.open();
            return this.find();
        });
    }

    /** The server looks for nothing shorter: it would fit too many. */
    get isShort() {
        const text = this.state.text.replace(/[\s().+-]/g, "");
        if (/^\d+$/.test(text)) {
            return text.length < 4;
        }
        // one Chinese character is a name, one letter is not
        return text.length < (text >= CHINESE ? 1 : 2);
    }

    onOpened() {
        this.input.el?.focus();
    }

    onInput(ev) {
        this.state.text = ev.target.value;
        this.search();
    }

    async find() {
        this.state.found = await this.keepLast.add(
            this.orm.call("revisit.console", "find", [this.state.text])
        );
    }

    onKeydown(ev) {
        if (ev.key === "Enter" && this.state.found?.length) {
            ev.preventDefault();
            return this.open(this.state.found[0].id);
        }
    }

    open(callbackId) {
        this.dropdown.close();
        this.state.text = "";
        this.state.found = null;
        return this.action.doAction(
            {
                type: "ir.actions.client",
                tag: "revisit_console",
                params: {callback_id: callbackId},
            },
            {clearBreadcrumbs: true}
        );
    }
}

registry
    .category("systray")
    .add("revisit_management.CallerSearch", {Component: CallerSearch}, {sequence: 30});
