// Every kind of reply, by the provider's name for it (`replies_with`).

import { points } from "./points";
import type { ReplyKind } from "./reply";
import { tiles } from "./tiles";

export const REPLY_KINDS: Record<string, ReplyKind> = { points, tiles };
