# Part of Revisit. See LICENSE file for full copyright and licensing details.

from . import revisit_knowledge
from . import offer
