"""The deeds: check → change → publish → commit. One public function is one thing that can happen."""
