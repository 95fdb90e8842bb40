# What every application of the benchmark answers, in Perl.
sub { [200, ['Content-Type' => 'text/plain'], ['Hello, World!']] };
