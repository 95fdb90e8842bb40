package Starlight::Host::Name;

# Two names of a process: the title that ps shows, and $0, which is the application's file, so that FindBin, CGI::Carp and others find it
# whenever they look. An application that sets $0 sets both.
use strict;
use warnings;

my $title;    # the variable that Perl made: what is stored in it is what ps shows

# Gives the process a title; $0 says the same until `name` is called.
sub title {
    my ($text) = @_;
    $title ||= \$0;
    $$title = $text;
}

# From now on $0 is `$file`, and the title what it was.
sub name {
    my ($file) = @_;
    $title ||= \$0;
    tie my $name, __PACKAGE__, $file, $$title;
    no strict 'refs';
    no warnings 'once';
    *{'main::0'} = \$name;
    # CGI::Carp names the outermost file otherwise, which is the host's.
    $CGI::Carp::PROGNAME = $file unless defined $CGI::Carp::PROGNAME;
}

sub TIESCALAR { my ($class, $file, $text) = @_; return bless { file => $file, value => $file, title => $text }, $class }
sub FETCH     { return $_[0]{value} }

# The end of a `local $0` stores what was there before.
sub STORE {
    my ($self, $value) = @_;
    $self->{value} = $value;
    $$title = defined $value && $value eq $self->{file} ? $self->{title} : $value;
}

1;
