# What every application of the benchmark answers, in Perl.
my $large = 'x' x (1024 * 1024);

sub {
    my ($env) = @_;
    return [200, ['Content-Type' => 'text/plain'], [$large]] if $env->{PATH_INFO} eq '/1m';
    return [200, ['Content-Type' => 'text/plain'], ['Hello, World!']] if $env->{REQUEST_METHOD} eq 'GET';
    my $bytes = 0;
    while (my $count = $env->{'psgi.input'}->read(my $piece, 65_536)) { $bytes += $count }
    return [200, ['Content-Type' => 'text/plain'], [$bytes]];
};
