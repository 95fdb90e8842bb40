# Takes files: npx starlight examples/perl/upload.psgi, then curl -F file=@README.md http://localhost:5000/
use strict;
use warnings;
use Plack::Request;

sub {
    my $request = Plack::Request->new(shift);
    my $upload  = $request->uploads->{file} or return [400, ['Content-Type' => 'text/plain'], ["A field named file is needed\n"]];
    return [200, ['Content-Type' => 'text/plain'], [join(' ', $upload->filename, $upload->size, 'bytes') . "\n"]];
};
