-- Coverage but 应入尽入率, which waits for the judge's flags: what the judge's suite looks at.

{{ coverage_rows(ref('coverage_county')) }}
