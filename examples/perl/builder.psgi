# Middleware and several applications: npx starlight examples/perl/builder.psgi
use strict;
use warnings;
use Plack::Builder;

my $hello = sub { [200, ['Content-Type' => 'text/plain'], ["hello\n"]] };

builder {
    enable 'Head';
    enable 'ContentLength';
    enable 'Runtime';
    enable 'Chunked';
    mount '/hello' => $hello;
    mount '/private' => builder {
        enable 'Auth::Basic', authenticator => sub { $_[0] eq 'ada' && $_[1] eq 'lovelace' };
        sub { [200, ['Content-Type' => 'text/plain'], ["Welcome, $_[0]{REMOTE_USER}\n"]] };
    };
    mount '/' => sub { [404, ['Content-Type' => 'text/plain'], ["Not Found\n"]] };
};
