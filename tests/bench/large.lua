-- SPDX-License-Identifier: Apache-2.0
-- One large result per event, for sysbench: SELECT of every row of sbtest1.
sysbench.cmdline.options = {
  columns = {"what to select", "id, k, c, pad"},
}
function thread_init()
  drv = sysbench.sql.driver()
  con = drv:connect()
end
function event()
  con:query("SELECT " .. sysbench.opt.columns .. " FROM sbtest1")
end
function thread_done()
  con:disconnect()
end
