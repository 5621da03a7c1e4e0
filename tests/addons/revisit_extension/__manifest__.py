# Part of Revisit. See LICENSE file for full copyright and licensing details.
{
    "name": "Revisit: Extension for Tests",
    "summary": "A reason, an assignment and a path of its own, for both planners",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "Revisit",
    "depends": ["revisit_management"],
}
