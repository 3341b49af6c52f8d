"""
Measures what a user, an operator and a bill would notice, and compares it with our targets.

A machine is fast or slow, alone or shared; what lasts is the ratio to the same orders in plain SQL,
measured a moment before or after on the same database.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

import bench_client
from bench_client import Connection, api, milliseconds, place_order
from bench_data import SCRIPTS, Database, Shop, prepared
from bench_report import Figures, Load, print_report
from processes import Problem, Process, stop, stop_all
from services import first_program, inside, on_path
from up import ROOT, read_procfile

CLIENTS = (1, 8, 16)
