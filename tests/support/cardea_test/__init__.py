# SPDX-License-Identifier: Apache-2.0
"""What tests, the demo and the benchmarks share: real servers, a real OpenID provider, and the
gateway, each started on 127.0.0.1 on a free port in a folder of its own and stopped with it."""
