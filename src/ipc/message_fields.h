/* SPDX-License-Identifier: Apache-2.0
 *
 * Includes the message table with MESSAGE, REQUEST and the field macros as the includer defined
 * them, then forgets them all. What the includer leaves out makes nothing. No include guard: meant
 * to be included again and again.
 */
#ifndef MESSAGE
#define MESSAGE(name, senders, receivers, max, fields)
#endif
#ifndef REQUEST
#define REQUEST(ask, answer)
#endif
#include "ipc/message_table.h"
#undef MESSAGE
#undef REQUEST
#undef U8
#undef U16
#undef U32
#undef U64
#undef BOOL
#undef TEXT
#undef SECRET
#undef FD
