// Every kind of reply, by the provider's name for it (`replies_with`).

import { angle } from "./angle";
import { box } from "./box";
import { choice, number } from "./choices";
import { points } from "./points";
import { position } from "./position";
import type { ReplyKind } from "./reply";
import { tiles } from "./tiles";

export const REPLY_KINDS: Record<string, ReplyKind> = { points, tiles, number, choice, position, angle, box };
